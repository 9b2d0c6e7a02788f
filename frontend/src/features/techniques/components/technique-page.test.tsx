import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { cellOf, matrixOf } from "@/testing/heatmap";
import { scoreOf } from "@/testing/measures";
import { adminMe, renderPage, viewerMe } from "@/testing/render";
import { ruleOf } from "@/testing/rules";
import { page, problem, route, server } from "@/testing/server";
import { techniqueOf } from "@/testing/technique";
import { TechniquePage } from "@/features/techniques/components/technique-page";
import type { TechniqueDetail } from "@/api/techniques";

const lead = { ...adminMe, permissions: [...adminMe.permissions, "technique:review" as const] };

const at = "2026-01-01T00:00:00Z";
const unit = { attack_id: "T0001.001", name: "Shell", general: false, status: "validated", score: 80, proven: true };
const point = { snapshot_id: "s2", taken_at: at, attack_version: "18.1", formula: 1, attack_id: "T0001", status: "partial", score: 30, proven: true, results: 2, met: 1 };
const template = { id: "p1", name: "Run a script", source: "custom", upstream_id: "p1", platforms: ["Linux"], executor: "sh", elevation_required: false, techniques: ["T0001"], is_active: true, withdrawn_at: null, tests: 1, needs_release: false };

/** What stands beside the knowledge: score, ladder, history, templates. */
function measured() {
  const detail = { rule_known: 2, rule_deployed: 1, telemetry_seen: 0, alert_seen: 0, validated: 0, fresh: 0 };
  return [
    route.get("/scores/techniques/:id", () => HttpResponse.json({ ...scoreOf({ n: 1 }), attack_id: "T0001", name: "Scripting", status: "partial", is_leaf: false, units: [unit] })),
    route.get("/heatmap", () => HttpResponse.json(matrixOf([cellOf("T0001.001", "alpha", { parent: "T0001" }), cellOf("T0001", "alpha", { units: 2, detail })]))),
    route.get("/techniques/:id/score-history", () => HttpResponse.json(page([point, { ...point, snapshot_id: "s1", attack_id: "T0999", taken_at: "2025-12-01T00:00:00Z", score: null, proven: false }]))),
    route.get("/test-templates", ({ request }) => HttpResponse.json(page(new URL(request.url).searchParams.get("needs_release") === "true" ? [{ ...template, id: "p2", name: "Changed script", needs_release: true }] : [template]))),
  ];
}

function open(technique: TechniqueDetail = techniqueOf(), me = lead) {
  server.use(
    route.get("/techniques/:id", () => HttpResponse.json(technique)),
    route.get("/tests", () => HttpResponse.json(page([], 3))),
    route.get("/detection-rules", () => HttpResponse.json(page([]))),
    route.get("/d3fend/techniques", () => HttpResponse.json(page([]))),
    route.get("/compliance/controls", () => HttpResponse.json(page([]))),
    ...measured(),
  );
  return renderPage(<TechniquePage attackId={technique.attack_id} domain={undefined} />, { me });
}

const known = techniqueOf({
  actors: [
    { id: "a1", attack_id: "G0001", name: "Some group", how: "It runs **scripts**.", via_campaign: "C0001", source: "mitre_attack", references: [] },
  ],
  mitigations: [{ attack_id: "M0001", name: "Allow lists", url: "https://attack.mitre.org/mitigations/M0001", description: "", how: "Stop what is not listed." }],
  detection_strategies: [
    {
      attack_id: "DET0001",
      name: "Odd parents",
      description: "",
      url: null,
      analytics: [{ attack_id: "AN0001", name: "Analytic", description: "Look at parents.", platforms: ["Windows"], log_sources: [{ name: "Process log", channel: "4688" }] }],
    },
  ],
  references: [{ source_name: "A report", external_id: null, url: "https://example.test/report", description: "Of somebody." }],
});

describe("technique", () => {
  it("shows everything known of it, without accessibility findings in either theme", async () => {
    open(known);
    expect(await screen.findByRole("heading", { level: 1, name: "Scripting" })).toBeInTheDocument();
    expect(screen.getByText("1 of 2 applicable units in scope are validated.")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "Some group" })).toHaveAttribute("href", "/threat-actors/G0001");
    expect(await screen.findByRole("link", { name: "Run a script" })).toHaveAttribute("href", "/catalog/p1");
    expect(screen.getByRole("link", { name: "Look at scripts" })).toHaveAttribute("href", "/tests/t1");
    expect(screen.getByRole("link", { name: "Shell" })).toHaveAttribute("href", "/techniques/T0001.001");
    expect(screen.getByRole("link", { name: "Use Run a script" })).toHaveAttribute("href", "/tests/new?technique=T0001&template=p1");
    expect(screen.getByRole("link", { name: "Alpha" })).toHaveAttribute("href", "/matrix?domain=enterprise&tactic=alpha");
    for (const text of ["in campaign C0001", "Stop what is not listed.", "Look at parents.", "Process log", "Of somebody."]) expect(screen.getByText(text)).toBeInTheDocument();
    await expectAccessible("light");
    await expectAccessible("dark");
  });

  it("takes its score apart, shows how far the evidence reaches and how the score went", async () => {
    const { user } = open(techniqueOf(), { ...lead, permissions: [...lead.permissions, "snapshot:manage" as const] });
    const parts = await screen.findByRole("table", { name: /Parts of the score/ });
    expect(within(parts).getByRole("row", { name: /^Tests/ })).toHaveTextContent("Tests22 of 44 current results met the expectation.50.04020.0");
    expect(within(parts).getByRole("row", { name: /^Detection rules/ })).toHaveTextContent("–200.0");
    const results = screen.getByRole("link", { name: "44 current results" });
    expect(results).toHaveAttribute("href", "/tests?domain=enterprise&technique=T0001&include_subtechniques=true&result=met&result=sighted&result=missed");
    expect(screen.getByRole("link", { name: "3 current results in doubt" })).toHaveAttribute("href", expect.stringContaining("technique=T0001&include_subtechniques=true&in_doubt=template&"));
    expect(results.parentElement).toHaveTextContent("with 44 current results: 22 met the expectation (50.0 %, 36–64 % by this sample). 4 of 9 known procedures tested; 12 of LOLBAS and GTFOBins stand apart.");
    expect(screen.getByText("The mean over 1 unit that counts")).toBeInTheDocument();
    expect(await screen.findByRole("link", { name: "A detection rule is known" })).toHaveAttribute("href", "/detection-rules?technique=T0001&include_subtechniques=true");
    expect(screen.getByText("2 of 2")).toBeInTheDocument();
    expect(screen.getByText("1 of 2")).toBeInTheDocument();
    expect(await screen.findByRole("img", { name: "Score from – on 2025-12-01 to 41.3 now; the table has the numbers." })).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Table" }));
    const history = screen.getByRole("table", { name: /Score by snapshot/ });
    expect(within(history).getByRole("row", { name: /2025-12-01/ })).toHaveTextContent("as T0999");
    expect(within(history).getByRole("link", { name: "2026-01-01" })).toHaveAttribute("href", "/comparison?base=s2");
    await expectAccessible("light");
  });

  it("names the templates that wait for a release and offers no test of them", async () => {
    open();
    expect(await screen.findByRole("link", { name: "1 is held until a lead has read what changed" })).toHaveAttribute("href", "/catalog?technique=T0001&needs_release=true");
    expect(screen.getByRole("link", { name: "Changed script" })).toHaveAttribute("href", "/catalog/p2");
    expect(screen.getByText("Held")).toBeInTheDocument();
    expect(screen.queryByRole("link", { name: "Use Changed script" })).not.toBeInTheDocument();
  });

  it("shows what stands against it: rules, countermeasures and controls", async () => {
    open();
    const control = { framework_key: "f:1", framework_name: "Framework 1", control_id: "AC-2", name: "Accounts", family: "AC", baselines: ["LOW"] };
    const countermeasure = { id: "c1", d3fend_id: "D3-FA", name: "File Analysis", tactic: "Detect", status: "no" };
    server.use(
      route.get("/detection-rules", ({ request }) => {
        const deployed = new URL(request.url).searchParams.get("deployed") === "true";
        return HttpResponse.json(page(deployed ? [ruleOf({ deployed_in: ["SIEM one"], firing_state: "fired" })] : [ruleOf({ id: "r2", name: "Another rule" })], deployed ? 1 : 30));
      }),
      route.get("/d3fend/techniques", () => HttpResponse.json(page([countermeasure, { ...countermeasure, id: "c2", d3fend_id: "D3-FB", name: "File Hashing", status: "implemented" }]))),
      route.get("/compliance/controls", () => HttpResponse.json(page([control, { ...control, control_id: "AC-3", name: "Access" }]))),
    );
    expect(await screen.findByText("1 of 31 run in our tools; only those count.")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "Whoami was run" })).toHaveAttribute("href", "/detection-rules/00000000-0000-4000-8000-000000000601");
    expect(screen.getByText("SIEM one")).toBeInTheDocument();
    expect(await screen.findByText("1 of 2 implemented.")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "File Hashing" })).toHaveAttribute("href", "/d3fend?technique=T0001&at=D3-FB");
    expect(await screen.findByText("Compliance controls (2)")).toBeInTheDocument();
    await expectAccessible("light");
  });

  it("leads from a revoked technique to its successor and offers nothing on it", async () => {
    open(techniqueOf({ revoked: true, is_active: false, status: null, breakdown: null, successor: { attack_id: "T0009", name: "New name", status: "partial" } }));
    expect(await screen.findByRole("link", { name: "T0009 New name" })).toHaveAttribute("href", "/techniques/T0009");
    expect(screen.queryByRole("link", { name: "Start a test" })).not.toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Scope and expectation" })).not.toBeInTheDocument();
  });

  it("gives those who watch nothing to press", async () => {
    open(techniqueOf({ review_required: true }), viewerMe);
    expect(await screen.findByText("What is known of this technique changed.")).toBeInTheDocument();
    for (const name of ["Mark reviewed", "Scope and expectation"]) expect(screen.queryByRole("button", { name })).not.toBeInTheDocument();
  });

  it("is marked as reviewed with a note", async () => {
    let body: unknown = null;
    let technique = techniqueOf({ review_required: true });
    server.use(
      route.post("/techniques/:id/review", async ({ request }) => {
        body = await request.json();
        technique = techniqueOf({ review_note: "Read it" });
        return HttpResponse.json(technique);
      }),
      route.get("/techniques/:id", () => HttpResponse.json(technique)),
      ...measured(),
    );
    const { user } = renderPage(<TechniquePage attackId="T0001" domain={undefined} />, { me: lead });
    await user.click(await screen.findByRole("button", { name: "Mark reviewed" }));
    const dialog = screen.getByRole("dialog");
    await expectAccessible("dark");
    await user.type(within(dialog).getByLabelText("Note"), "Read it");
    await user.click(within(dialog).getByRole("button", { name: "Mark reviewed" }));
    expect(await screen.findByText("Read it")).toBeInTheDocument();
    expect(body).toEqual({ notes: "Read it" });
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  });

  it("takes it out of scope with a reason, and says what stands against it", async () => {
    const bodies: unknown[] = [];
    server.use(
      route.patch("/techniques/:id/overlay", async ({ request }) => {
        bodies.push(await request.json());
        return bodies.length === 1
          ? problem(422, "until_past", "The end lies in the past.", { errors: [{ field: "reason", message: "Say more.", code: "short" }] })
          : HttpResponse.json(techniqueOf({ pending_scope_change: true }));
      }),
    );
    const { user } = open();
    await user.click(await screen.findByRole("button", { name: "Scope and expectation" }));
    const dialog = screen.getByRole("dialog");
    await expectAccessible("light");
    await user.type(within(dialog).getByLabelText(/Reason/), "No such plant");
    await user.click(within(dialog).getByRole("button", { name: "Decide" }));
    expect(await within(dialog).findByText("Nothing is decided differently yet.")).toBeInTheDocument();
    await user.selectOptions(within(dialog).getByLabelText("Scope"), "out");
    await user.click(within(dialog).getByRole("button", { name: "Decide" }));
    expect(await within(dialog).findByText("Say more.")).toBeInTheDocument();
    await user.click(within(dialog).getByRole("button", { name: "Decide" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
    expect(bodies[1]).toEqual({ environment: "00000000-0000-4000-8000-000000000301", in_scope: false, reason: "No such plant" });
  });

  it("says when there is no such technique", async () => {
    server.use(route.get("/techniques/:id", () => problem(404, "not_found", "There is no such technique.")));
    renderPage(<TechniquePage attackId="T9999" domain={undefined} />);
    expect(await screen.findByText("There is no such technique.")).toBeInTheDocument();
  });
});
