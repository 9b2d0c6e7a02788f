import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { renderPage, viewerMe } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import { aTemplate, TEMPLATE_ID as ID, templateLead as lead, templateTech as tech } from "@/testing/templates";
import { CatalogPage } from "@/features/catalog/components/catalog-page";
import { EditTemplatePage, NewTemplatePage } from "@/features/catalog/components/template-form-pages";
import { TemplatePage } from "@/features/catalog/components/template-page";
import { catalogParams } from "@/features/catalog/lib/list-params";

const stats = { total: 10, active: 8, techniques: 5, by_source: [{ name: "atomic_red_team", total: 7, active: 6 }], by_platform: [{ name: "Windows", total: 9, active: 8 }] };
const rule = { id: "r1", name: "LSASS access", source: "sigma", level: "high" };

beforeEach(() => {
  server.use(
    route.get("/test-templates/stats", () => HttpResponse.json(stats)),
    route.get("/detection-rules", () => HttpResponse.json(page([rule], 12))),
    route.get(`/test-templates/${ID}`, () => HttpResponse.json(aTemplate())),
  );
});

describe("the catalogue", () => {
  it("asks for what the address says, shows statistics and what was never tested", async () => {
    const asked: URLSearchParams[] = [];
    server.use(
      route.get("/test-templates", ({ request }) => {
        asked.push(new URL(request.url).searchParams);
        return HttpResponse.json(page([aTemplate(), aTemplate({ id: "b", name: "Other", tests: 0, is_active: false })]));
      }),
    );
    const { user } = renderPage(<CatalogPage />, { path: "/catalog", at: "/catalog?source=atomic_red_team&technique=T1003&tested=false", me: lead });
    expect(await screen.findByRole("link", { name: "Dump LSASS" })).toHaveAttribute("href", `/catalog/${ID}`);
    expect(asked[0]?.toString()).toBe("limit=50&offset=0&source=atomic_red_team&technique=T1003&include_subtechniques=true&tested=false");
    expect(screen.getByRole("link", { name: "2 tests of Dump LSASS" })).toHaveAttribute("href", `/tests?template=${ID}`);
    expect(screen.getByText("Switched off")).toBeInTheDocument();
    expect(await screen.findByRole("link", { name: "8 templates" })).toHaveAttribute("href", "/catalog?active=true");
    expect(screen.getByRole("link", { name: "New template" })).toBeInTheDocument();
    await expectAccessible("light");
    await user.selectOptions(screen.getByRole("combobox", { name: "Use" }), "true");
    await waitFor(() => expect(asked.at(-1)?.get("active")).toBe("true"));
  });

  it("says what to do while there is none, and that a technique search failed", async () => {
    server.use(
      route.get("/test-templates", () => HttpResponse.json(page([]))),
      route.get("/techniques", () => problem(400, "bad", "No such thing.")),
    );
    const { user } = renderPage(<CatalogPage />, { path: "/catalog", me: viewerMe });
    expect(await screen.findByText("No templates yet")).toBeInTheDocument();
    expect(screen.queryByRole("link", { name: "New template" })).not.toBeInTheDocument();
    await user.type(screen.getByRole("combobox", { name: "Technique" }), "powershell");
    expect(await screen.findByText("The search failed. No such thing.")).toBeInTheDocument();
    server.use(route.get("/techniques", () => HttpResponse.json(page([{ attack_id: "T1059.001", name: "PowerShell" }]))));
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("option", { name: "T1059.001 PowerShell" })).toBeInTheDocument();
  });

  it("drops what the address invents", () => {
    const params = new URLSearchParams("active=perhaps&platform=Linux");
    expect(catalogParams({ get: (name) => params.get(name) ?? "", getAll: (name) => params.getAll(name) }, { limit: 50, offset: 0, sort: undefined })).toEqual({ limit: 50, offset: 0, platform: ["Linux"] });
  });
});

describe("a template", () => {
  it("shows all that a technician needs, and exports it for its executor", async () => {
    server.use(
      route.get(`/test-templates/${ID}/command`, () =>
        HttpResponse.json({ executor: "command_prompt", elevation_required: true, command: "", cleanup: "", prerequisites: [], inputs: {}, missing: ["x"], script: "REM Dump\nprocdump C:\\out.dmp", filename: "dump.cmd" }),
      ),
    );
    const { user } = renderPage(<TemplatePage templateId={ID} />, { me: tech });
    expect(await screen.findByLabelText("command")).toHaveTextContent("procdump #{output_file}");
    expect(screen.getByLabelText("cleanup")).toHaveTextContent("del #{output_file}");
    expect(screen.getByLabelText("check 1")).toHaveTextContent("where procdump");
    expect(screen.getByRole("rowheader", { name: "output_file" })).toBeInTheDocument();
    expect(screen.getAllByRole("link", { name: "https://example.org/a" })).toHaveLength(1);
    expect(screen.queryByRole("link", { name: "ftp://example.org" })).not.toBeInTheDocument();
    expect(await screen.findByRole("link", { name: "LSASS access" })).toHaveAttribute("href", "/detection-rules/r1");
    expect(screen.getByRole("link", { name: "All 12 rules" })).toHaveAttribute("href", "/detection-rules?technique=T1003.001");
    expect(screen.getByRole("link", { name: "New test from this template" })).toHaveAttribute("href", `/tests/new?technique=T1003.001&template=${ID}`);
    // A technician switches only his own, and nobody edits a publisher's.
    expect(screen.queryByRole("button", { name: "Switch off" })).not.toBeInTheDocument();
    expect(screen.queryByRole("link", { name: "Edit" })).not.toBeInTheDocument();
    await expectAccessible("light");
    await user.click(screen.getByRole("button", { name: "Copy script" }));
    await waitFor(async () => expect(await navigator.clipboard.readText()).toBe("REM Dump\nprocdump C:\\out.dmp"));
    expect(await screen.findByText("The script is copied. Still to be filled in: x.")).toBeInTheDocument();
  });

  it("lets a lead switch it off, and says why a delete was refused", async () => {
    server.use(
      route.get(`/test-templates/${ID}`, () => HttpResponse.json(aTemplate({ source: "custom", created_by_id: "somebody" }))),
      route.post(`/test-templates/${ID}/toggle-active`, () => HttpResponse.json(aTemplate({ source: "custom", is_active: false }))),
      route.delete(`/test-templates/${ID}`, () => problem(409, "template_in_use", "Tests were made of this template; deactivate it instead.")),
    );
    const { user } = renderPage(<TemplatePage templateId={ID} />, { me: lead });
    await user.click(await screen.findByRole("button", { name: "Delete" }));
    const dialog = await screen.findByRole("dialog", { name: "Delete this template?" });
    await user.click(within(dialog).getByRole("button", { name: "Delete" }));
    expect(await within(dialog).findByText("Tests were made of this template; deactivate it instead.")).toBeInTheDocument();
    await user.click(within(dialog).getByRole("button", { name: "Cancel" }));
    server.use(route.get(`/test-templates/${ID}`, () => HttpResponse.json(aTemplate({ source: "custom", is_active: false }))));
    await user.click(screen.getByRole("button", { name: "Switch off" }));
    expect(await screen.findByText("Switched off")).toBeInTheDocument();
    expect(screen.queryByRole("link", { name: "New test from this template" })).not.toBeInTheDocument();
  });
});

describe("a template of our own", () => {
  it("is written with inputs found in its command", async () => {
    let body: unknown;
    server.use(
      route.get("/techniques", () => HttpResponse.json(page([{ attack_id: "T1003.001", name: "LSASS Memory" }]))),
      route.post("/test-templates", async ({ request }) => {
        body = await request.json();
        return HttpResponse.json(aTemplate({ source: "custom" }), { status: 201 });
      }),
    );
    const { user } = renderPage(<NewTemplatePage />, { path: "/catalog/new", me: lead });
    await user.type(screen.getByLabelText(/^Name/), "Mine");
    await user.click(screen.getByRole("button", { name: "Add the template" }));
    expect(await screen.findByText("Name one technique or more that it carries out.")).toBeInTheDocument();
    await user.type(screen.getByRole("combobox", { name: "Techniques" }), "lsass");
    await user.click(await screen.findByRole("option", { name: /T1003\.001/ }));
    await user.type(screen.getByLabelText("Command"), "run #{{target}");
    await user.click(await screen.findByRole("button", { name: "Add target" }));
    await user.type(screen.getByLabelText("Default"), "HOST");
    await expectAccessible("light");
    await user.click(screen.getByRole("button", { name: "Add the template" }));
    expect(await screen.findByText("elsewhere")).toBeInTheDocument();
    expect(body).toEqual({
      name: "Mine", description: "", techniques: ["T1003.001"], platforms: [], executor: null, elevation_required: false,
      procedure: "run #{target}", cleanup: "", inputs: [{ name: "target", type: "string", description: "", default: "HOST" }],
    });
  });

  it("is edited on the version that was read, by whoever may", async () => {
    let body: unknown;
    server.use(
      route.get(`/test-templates/${ID}`, () => HttpResponse.json(aTemplate({ source: "custom", created_by_id: tech.id }))),
      route.patch(`/test-templates/${ID}`, async ({ request }) => {
        body = await request.json();
        return problem(409, "stale_version", "Somebody changed it meanwhile.");
      }),
    );
    const { user } = renderPage(<EditTemplatePage templateId={ID} />, { me: tech });
    await user.click(await screen.findByRole("button", { name: "Save" }));
    expect(await screen.findByText("Somebody changed it meanwhile.")).toBeInTheDocument();
    expect(body).toMatchObject({ version: 4, techniques: ["T1003.001"], inputs: [{ name: "output_file" }] });
  });

  it("is not edited when a publisher owns it", async () => {
    renderPage(<EditTemplatePage templateId={ID} />, { me: lead });
    expect(await screen.findByText("This template is not yours to edit")).toBeInTheDocument();
  });
});
