import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { renderPage } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import { aTemplate, TEMPLATE_ID as ID, templateLead as lead, templateTech as tech } from "@/testing/templates";
import { CatalogPage } from "@/features/catalog/components/catalog-page";
import { TemplatePage } from "@/features/catalog/components/template-page";

const stats = { total: 1, active: 1, techniques: 1, by_source: [], by_platform: [] };

beforeEach(() => {
  server.use(
    route.get("/test-templates/stats", () => HttpResponse.json(stats)),
    route.get("/detection-rules", () => HttpResponse.json(page([], 0))),
  );
});

describe("a held template", () => {
  const held = aTemplate({
    needs_release: true,
    procedure: "procdump #{output_file}\ncurl evil",
    held_changes: [
      { field: "procedure", before: "procdump #{output_file}\n", after: "procdump #{output_file}\ncurl evil" },
      { field: "cleanup", before: "", after: "del #{output_file}" },
    ],
  });

  it("shows what changed, and nobody starts a test from it", async () => {
    server.use(
      route.get(`/test-templates/${ID}`, () => HttpResponse.json(held)),
    );
    renderPage(<TemplatePage templateId={ID} />, { me: tech });
    expect(await screen.findByText("Held: Atomic Red Team changed what this template runs.")).toBeInTheDocument();
    expect(screen.getByText("Held")).toBeInTheDocument();
    const command = screen.getByRole("region", { name: "Command" });
    expect(within(command).getByLabelText("Command, when last used or released")).toHaveTextContent(/^procdump #\{output_file\}−$/);
    expect(within(command).getByRole("insertion")).toHaveTextContent("+ curl evil");
    expect(screen.getByLabelText("Cleanup, when last used or released")).toHaveTextContent("Nothing");
    expect(screen.getByRole("button", { name: "New test from this template" })).toBeDisabled();
    expect(screen.getByRole("button", { name: "New test from this template" })).toHaveAccessibleDescription("It is held until a lead releases it.");
    expect(screen.queryByRole("button", { name: "Copy script" })).not.toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Release" })).not.toBeInTheDocument();
    await expectAccessible("light");
    await expectAccessible("dark");
  });

  it("is released by a lead, after a question", async () => {
    let current = held;
    let refuse = true;
    const sent: unknown[] = [];
    server.use(
      route.get(`/test-templates/${ID}`, () => HttpResponse.json(current)),
      route.post(`/test-templates/${ID}/release`, async ({ request }) => {
        sent.push(await request.json());
        if (refuse) {
          current = { ...held, version: held.version + 1 };
          return problem(409, "stale_version", "Somebody changed it meanwhile.");
        }
        current = aTemplate();
        return HttpResponse.json(current);
      }),
    );
    const { user } = renderPage(<TemplatePage templateId={ID} />, { me: { ...lead, permissions: [...lead.permissions, "template:release"] } });
    await user.click(await screen.findByRole("button", { name: "Release" }));
    const dialog = await screen.findByRole("dialog", { name: "Release this template?" });
    await user.click(within(dialog).getByRole("button", { name: "Release" }));
    expect(await within(dialog).findByText("Somebody changed it meanwhile.")).toBeInTheDocument();
    // Nobody has read the newer text yet: the question has to be asked anew.
    await user.click(within(dialog).getByRole("button", { name: "Cancel" }));
    refuse = false;
    await user.click(await screen.findByRole("button", { name: "Release" }));
    await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Release" }));
    expect(await screen.findByText("The template is released.")).toBeInTheDocument();
    expect(sent).toEqual([{ version: held.version }, { version: held.version + 1 }]);
    expect(screen.getByRole("link", { name: "New test from this template" })).toBeInTheDocument();
    expect(screen.queryByText("What changed")).not.toBeInTheDocument();
  });

  it("is found in the list", async () => {
    const asked: string[] = [];
    server.use(
      route.get("/test-templates", ({ request }) => {
        asked.push(new URL(request.url).search);
        return HttpResponse.json(page([held]));
      }),
    );
    const { user } = renderPage(<CatalogPage />, { path: "/catalog", me: lead });
    expect(await screen.findByText("Held")).toBeInTheDocument();
    await user.selectOptions(screen.getByRole("combobox", { name: "Held or not" }), "true");
    await waitFor(() => expect(asked.at(-1)).toBe("?limit=50&offset=0&needs_release=true"));
  });
});
