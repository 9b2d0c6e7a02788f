import { screen, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { RulePage } from "@/features/detection-rules/components/rule-page";
import { expectAccessible } from "@/testing/axe";
import { adminMe, renderPage, viewerMe } from "@/testing/render";
import { RULE_ID, ruleOf, TOOL_ID } from "@/testing/rules";
import { page, problem, route, server } from "@/testing/server";

const deployer = { ...adminMe, permissions: [...adminMe.permissions, "rule:edit" as const, "rule:deploy" as const] };
const deployment = { tool_id: TOOL_ID, tool: "SIEM one", status: "active", since: "2026-01-01T00:00:00Z", until: null, outdated: true };
const backends = [
  { name: "splunk", title: "Splunk", language: "SPL", pipelines: ["splunk_windows", "none"] },
  { name: "loki", title: "Grafana Loki", language: "LogQL", pipelines: ["none"] },
];

function serve(rule = ruleOf()) {
  server.use(
    route.get(`/detection-rules/${RULE_ID}`, () => HttpResponse.json(rule)),
    route.get("/detection-rules/backends", () => HttpResponse.json(page(backends))),
    route.get(`/detection-rules/${RULE_ID}/conversions/splunk`, ({ request }) => {
      const pipeline = new URL(request.url).searchParams.get("pipeline");
      return HttpResponse.json({ rule_id: RULE_ID, backend: "splunk", pipeline, queries: [pipeline === "none" ? "plain" : 'Image="*whoami.exe"'], notes: pipeline === "none" ? ["Fields are Sigma's own."] : [] });
    }),
    route.get(`/detection-rules/${RULE_ID}/conversions/loki`, () => problem(422, "not_convertible", "Grafana Loki cannot express this rule: no pipes.")),
  );
}

describe("a detection rule", () => {
  it("shows text, techniques and conversions, also those that cannot be", async () => {
    serve();
    const { user } = renderPage(<RulePage ruleId={RULE_ID} />, { me: viewerMe });
    expect(await screen.findByLabelText("SPL query")).toHaveTextContent('Image="*whoami.exe"');
    expect(screen.getByRole("link", { name: "T1033 System Owner Discovery" })).toHaveAttribute("href", "/techniques/T1033");
    expect(screen.getByRole("button", { name: "Copy SPL query" })).toBeInTheDocument();
    await user.selectOptions(screen.getByLabelText("Fields"), "none");
    expect(await screen.findByText("Fields are Sigma's own.")).toBeInTheDocument();
    await user.click(screen.getByRole("tab", { name: "Grafana Loki" }));
    expect(await screen.findByText("Grafana Loki cannot express this rule: no pipes.")).toBeInTheDocument();
    expect(screen.getByText("No query in LogQL")).toBeInTheDocument();
    await user.click(screen.getByRole("tab", { name: "Whole text" }));
    expect(screen.getByLabelText("rule")).toHaveTextContent("title: Whoami was run");
    expect(screen.queryByRole("button", { name: "Deploy" })).not.toBeInTheDocument();
    await expectAccessible("light");
    await expectAccessible("dark");
  });

  it("converts only Sigma rules", async () => {
    server.use(route.get(`/detection-rules/${RULE_ID}`, () => HttpResponse.json(ruleOf({ source: "elastic", language: "kuery" }))));
    renderPage(<RulePage ruleId={RULE_ID} />);
    await screen.findByRole("heading", { level: 1, name: "Whoami was run" });
    expect(screen.queryByText("Conversions")).not.toBeInTheDocument();
  });

  it("records where it runs, and that it no longer does", async () => {
    serve();
    const sent: unknown[] = [];
    server.use(
      route.get("/tools", () => HttpResponse.json(page([{ id: TOOL_ID, name: "SIEM one", kind: "siem", vendor: "", version: "", is_active: true }]))),
      route.put(`/detection-rules/${RULE_ID}/deployments/${TOOL_ID}`, async ({ request }) => {
        sent.push(await request.json());
        serve(ruleOf({ deployed_in: ["SIEM one"], deployments: [deployment] }));
        return HttpResponse.json(ruleOf({ deployed_in: ["SIEM one"], deployments: [deployment] }));
      }),
      route.delete(`/detection-rules/${RULE_ID}/deployments/${TOOL_ID}`, () => {
        sent.push("removed");
        serve(ruleOf({ deployments: [{ ...deployment, until: "2026-02-01T00:00:00Z", outdated: false }] }));
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = renderPage(<RulePage ruleId={RULE_ID} />, { me: deployer });
    await user.click(await screen.findByRole("button", { name: "Deploy" }));
    const dialog = await screen.findByRole("dialog", { name: "Deploy in a tool" });
    await within(dialog).findByLabelText(/^Tool/);
    await user.click(within(dialog).getByRole("button", { name: "Deploy" }));
    expect(await within(dialog).findByText("Choose a tool.")).toBeInTheDocument();
    await user.selectOptions(within(dialog).getByLabelText(/^Tool/), "SIEM one");
    await expectAccessible("light");
    await user.click(within(dialog).getByRole("button", { name: "Deploy" }));
    expect(await screen.findByText(/has changed since it was put into SIEM one/)).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Actions for SIEM one" }));
    await user.click(await screen.findByRole("menuitem", { name: "Remove" }));
    await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Remove" }));
    expect(await screen.findByText("Earlier (1)")).toBeInTheDocument();
    expect(sent).toEqual([{ status: "active" }, "removed"]);
  });

  it("tells firing for the attack from noise and silence", async () => {
    const test = { id: "t1", number: 7, name: "Look around", state: "validated", round: 1, fired: true, attributed: true, noise_count: null, notes: "Two minutes late", recorded_at: "2026-01-01T00:00:00Z" };
    serve(
      ruleOf({
        firing_state: "fired",
        firing: { evaluated: 3, fired: 2, attributed: 1, noise: 4 },
        tests: [test, { ...test, round: 2, attributed: false, noise_count: 4, notes: null }, { ...test, id: "t2", number: 8, fired: false, attributed: false, notes: null }],
      }),
    );
    renderPage(<RulePage ruleId={RULE_ID} />);
    const table = await screen.findByRole("region", { name: "Tests in which it was looked for" });
    expect(within(table).getByText("Fired for this attack")).toBeInTheDocument();
    expect(within(table).getByText("Fired, for something else")).toBeInTheDocument();
    expect(within(table).getByText("Silent")).toBeInTheDocument();
    expect(screen.getByText("2 (66.7 %)")).toBeInTheDocument();
    await expectAccessible("dark");
  });

  it("says when there is no such rule", async () => {
    server.use(route.get(`/detection-rules/${RULE_ID}`, () => problem(404, "detection_rule_not_found", "There is no such detection rule.")));
    renderPage(<RulePage ruleId={RULE_ID} />);
    expect(await screen.findByText("There is no such detection rule.")).toBeInTheDocument();
  });
});
