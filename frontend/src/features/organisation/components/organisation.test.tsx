import { screen, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import type { Environment, Tool } from "@/api/organisation";
import { EnvironmentsPage } from "@/features/organisation/components/environments-page";
import { ToolsPage } from "@/features/organisation/components/tools-page";
import { expectAccessible } from "@/testing/axe";
import { renderPage } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";

const tool: Tool = { id: "00000000-0000-4000-8000-000000000701", name: "SIEM one", kind: "siem", vendor: "Maker", version: "9", is_active: true, rules: 12 };
const plant: Environment = { id: "00000000-0000-4000-8000-000000000801", name: "Plant North", description: "", is_default: false, is_active: true, platforms: ["Windows"] };
const whole: Environment = { ...plant, id: "00000000-0000-4000-8000-000000000802", name: "Organisation", is_default: true, platforms: [] };

describe("security tools", () => {
  it("lists tools with the rules that run in them, and changes one", async () => {
    let body: unknown;
    server.use(
      route.get("/tools", () => HttpResponse.json(page([tool, { ...tool, id: "t2", name: "Old proxy", kind: "", is_active: false, rules: 0 }]))),
      route.patch(`/tools/${tool.id}`, async ({ request }) => {
        body = await request.json();
        return HttpResponse.json({ ...tool, version: "10" });
      }),
    );
    const { user } = renderPage(<ToolsPage />);
    expect(await screen.findByRole("link", { name: "12" })).toHaveAttribute("href", `/detection-rules?tool=${tool.id}&use=all`);
    expect(screen.getByText("Out of use", { selector: "td *" })).toBeInTheDocument();
    await expectAccessible("light");
    await user.click(screen.getByRole("button", { name: "SIEM one" }));
    const dialog = await screen.findByRole("dialog", { name: "SIEM one" });
    await user.clear(within(dialog).getByLabelText("Version"));
    await user.type(within(dialog).getByLabelText("Version"), "10");
    await user.click(within(dialog).getByRole("checkbox", { name: /In use/ }));
    await expectAccessible("dark");
    await user.click(within(dialog).getByRole("button", { name: "Save" }));
    expect(await screen.findByText("SIEM one is changed.")).toBeInTheDocument();
    expect(body).toEqual({ name: "SIEM one", kind: "siem", vendor: "Maker", version: "10", is_active: false });
  });

  it("asks for the first one and says why it is refused", async () => {
    server.use(
      route.get("/tools", () => HttpResponse.json(page([]))),
      route.post("/tools", () => problem(409, "name_taken", "There is a tool SIEM one.")),
    );
    const { user } = renderPage(<ToolsPage />);
    await user.click(await screen.findByRole("button", { name: "Add the first one" }));
    await user.click(screen.getByRole("button", { name: "Add tool" }));
    expect(await screen.findByText("Give it a name.")).toBeInTheDocument();
    await user.type(screen.getByLabelText(/^Name/), "SIEM one");
    await user.click(screen.getByRole("button", { name: "Add tool" }));
    expect(await screen.findByText("There is a tool SIEM one.")).toBeInTheDocument();
  });
});

describe("environments", () => {
  it("lists them with their platforms; a change of platforms takes a reason", async () => {
    let body: unknown;
    server.use(
      route.get("/environments", () => HttpResponse.json(page([whole, plant]))),
      route.patch(`/environments/${plant.id}`, async ({ request }) => {
        body = await request.json();
        return HttpResponse.json({ ...plant, platforms: ["Windows", "Linux"] });
      }),
    );
    const { user } = renderPage(<EnvironmentsPage />);
    const first = (await screen.findByRole("button", { name: "Organisation" })).closest("tr")!;
    expect(within(first).getByText("Default")).toBeInTheDocument();
    expect(within(first).getByText("All")).toBeInTheDocument();
    await expectAccessible("light");
    await user.click(screen.getByRole("button", { name: "Plant North" }));
    const dialog = await screen.findByRole("dialog", { name: "Plant North" });
    expect(within(dialog).queryByLabelText(/^Reason/)).not.toBeInTheDocument();
    await user.click(within(dialog).getByRole("checkbox", { name: "Linux" }));
    await user.type(within(dialog).getByLabelText(/^Reason/), "New servers");
    await expectAccessible("dark");
    await user.click(within(dialog).getByRole("button", { name: "Save" }));
    expect(await screen.findByText("Plant North is changed.")).toBeInTheDocument();
    expect(body).toEqual({ name: "Plant North", description: "", is_active: true, platforms: ["Windows", "Linux"], reason: "New servers" });
  });

  it("adds one and shows what went wrong", async () => {
    server.use(
      route.get("/environments", () => HttpResponse.json(page([whole]))),
      route.post("/environments", () => problem(409, "name_taken", "There is an environment Plant.")),
    );
    const { user } = renderPage(<EnvironmentsPage />);
    await user.click(await screen.findByRole("button", { name: "New environment" }));
    await user.type(screen.getByLabelText(/^Name/), "Plant");
    await user.click(screen.getByRole("button", { name: "Add environment" }));
    expect(await screen.findByText("There is an environment Plant.")).toBeInTheDocument();
  });
});
