import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { RulesPage } from "@/features/detection-rules/components/rules-page";
import { expectAccessible } from "@/testing/axe";
import { adminMe, renderPage, viewerMe } from "@/testing/render";
import { ruleOf } from "@/testing/rules";
import { page, problem, route, server } from "@/testing/server";

const editor = { ...adminMe, permissions: [...adminMe.permissions, "rule:edit" as const] };
const stats = { total: 9, deployed: 2, fired: 3, silent: 1, never: 5, by_source: [{ name: "sigma", total: 9 }], by_level: [{ name: "high", total: 9 }], platforms: ["Linux", "Windows"] };

function serve(items = [ruleOf()], asked: URLSearchParams[] = []) {
  server.use(
    route.get("/detection-rules/stats", () => HttpResponse.json(stats)),
    route.get("/detection-rules", ({ request }) => {
      asked.push(new URL(request.url).searchParams);
      return HttpResponse.json(page(items));
    }),
  );
  return asked;
}

describe("detection rules", () => {
  it("lists rules with what they did, without accessibility findings in either theme", async () => {
    serve([ruleOf(), ruleOf({ id: "00000000-0000-4000-8000-000000000603", name: "Second", firing_state: "silent", deployed_in: ["SIEM one"], withdrawn_at: "2026-01-01T00:00:00Z", level: null })]);
    renderPage(<RulesPage />);
    const row = (await screen.findByRole("link", { name: "Second" })).closest("tr")!;
    expect(within(row).getByText("Silent")).toBeInTheDocument();
    expect(within(row).getByText("Withdrawn")).toBeInTheDocument();
    expect(within(row).getByText("SIEM one")).toBeInTheDocument();
    await screen.findByRole("button", { name: /^Fired 3/ });
    await expectAccessible("light");
    await expectAccessible("dark");
  });

  it("asks for what the address says; counts narrow it further", async () => {
    const asked = serve();
    const { user } = renderPage(<RulesPage />, { at: "/?technique=T1033&level=high&level=nonsense&sort=-level" });
    await screen.findByRole("link", { name: "Whoami was run" });
    expect(Object.fromEntries(asked[0]!)).toEqual({ limit: "50", offset: "0", active: "true", sort: "-level", technique: "T1033", level: "high" });
    await user.click(await screen.findByRole("button", { name: /^Silent 1/ }));
    await waitFor(() => expect(asked.at(-1)?.getAll("firing")).toEqual(["silent"]));
    await user.click(screen.getByRole("button", { name: /^Not deployed 7/ }));
    await waitFor(() => expect(asked.at(-1)?.get("deployed")).toBe("false"));
    await user.click(screen.getByRole("button", { name: "Clear filters" }));
    await waitFor(() => expect(Object.fromEntries(asked.at(-1)!)).toEqual({ limit: "50", offset: "0", active: "true", sort: "name" }));
  });

  it("says what to do when there is none, and offers another try when it fails", async () => {
    serve([]);
    renderPage(<RulesPage />);
    expect(await screen.findByText("No detection rules yet")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "Data Sources" })).toHaveAttribute("href", "/system/data-sources");
  });

  it("shows a failure with the request's id", async () => {
    server.use(
      route.get("/detection-rules/stats", () => HttpResponse.json(stats)),
      route.get("/detection-rules", () => problem(500, "internal", "Something broke.")),
    );
    renderPage(<RulesPage />, { me: viewerMe });
    expect(await screen.findByRole("button", { name: "Try again" })).toBeInTheDocument();
    expect(screen.getByText("req-1")).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "New rule" })).not.toBeInTheDocument();
  });

  it("takes a rule of our own and puts faults on their fields", async () => {
    serve();
    const bodies: unknown[] = [];
    server.use(
      route.get("/techniques", () => HttpResponse.json(page([{ attack_id: "T1033", name: "System Owner Discovery" }]))),
      route.post("/detection-rules", async ({ request }) => {
        bodies.push(await request.json());
        return bodies.length === 1
          ? problem(422, "invalid", "Check the fields.", { errors: [{ field: "source_text", message: "this is no Sigma rule", code: "invalid" }] })
          : HttpResponse.json(ruleOf({ source: "custom" }), { status: 201 });
      }),
    );
    const { user } = renderPage(<RulesPage />, { me: editor });
    await user.click(await screen.findByRole("button", { name: "New rule" }));
    const dialog = await screen.findByRole("dialog");
    await user.type(within(dialog).getByLabelText(/^Name/), "Whoami was run");
    await user.type(within(dialog).getByLabelText("Platforms"), "Windows, Linux");
    await user.type(within(dialog).getByRole("combobox", { name: "Techniques" }), "T1033");
    await user.click(await screen.findByRole("option", { name: "T1033 System Owner Discovery" }));
    await user.type(within(dialog).getByLabelText(/^Rule/), "title: x");
    await expectAccessible("dark");
    await user.click(within(dialog).getByRole("button", { name: "Create rule" }));
    expect(await within(dialog).findByText("This is no Sigma rule")).toBeInTheDocument();
    await user.click(within(dialog).getByRole("button", { name: "Create rule" }));
    await screen.findByText("elsewhere");
    expect(bodies[1]).toEqual({ name: "Whoami was run", description: "", level: null, language: "sigma", platforms: ["Windows", "Linux"], source_text: "title: x", techniques: ["T1033"] });
  });
});
