import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import type { Me } from "@/api/me";
import type { TestDetail } from "@/api/tests";
import { TestPage } from "@/features/security-tests/components/test-page";
import { expectAccessible } from "@/testing/axe";
import { renderPage, viewerMe } from "@/testing/render";
import { ruleOf } from "@/testing/rules";
import { page, problem, route, server } from "@/testing/server";
import { aBlueRecord, anExecution, aRedRecord, aTest, blueOne, redOne, TEST_ID } from "@/testing/tests";

const redTech: Me = { ...viewerMe, id: redOne.id, username: "red1", role: "red_tech", permissions: ["test:read", "test:red", "test:assign"] };
const blueTech: Me = { ...viewerMe, id: blueOne.id, username: "blue1", role: "blue_tech", permissions: ["test:read", "test:blue", "test:assign"] };
const redLead: Me = { ...viewerMe, id: "00000000-0000-4000-8000-0000000000c1", username: "rlead", role: "red_lead", permissions: ["test:read", "test:vote"] };
const none = () => null;

function open(test: TestDetail, me: Me) {
  server.use(
    route.get(`/tests/${TEST_ID}`, () => HttpResponse.json(test)),
    route.get(`/tests/${TEST_ID}/timeline`, () => HttpResponse.json(page([]))),
    route.get(`/tests/${TEST_ID}/retests`, () => HttpResponse.json(page([]))),
    route.get("/tools", () => HttpResponse.json(page([]))),
  );
  return renderPage(<TestPage testId={TEST_ID} evidence={{ list: none, note: none, pastRound: none }} />, { path: "/tests/:id", at: `/tests/${TEST_ID}`, me });
}

const executing = (changes: Partial<TestDetail> = {}) =>
  aTest({ state: "red_executing", red_assignee: redOne, allowed_actions: ["edit_red", "submit_red"], ...changes });
const evaluating = (changes: Partial<TestDetail> = {}) =>
  aTest({ state: "blue_evaluating", allowed_actions: ["edit_blue", "submit_blue", "return"], ...changes });
const reviewing = (changes: Partial<TestDetail> = {}) =>
  aTest({ state: "in_review", waits_for: "leads", detection: "detected", meets_expectation: true, allowed_actions: ["vote_red"], ...changes });

describe("who may do what", () => {
  it("offers the start to whoever may, and shows a refusal in place", async () => {
    server.use(route.post(`/tests/${TEST_ID}/start`, () => problem(403, "not_the_assignee", "Somebody else is assigned.")));
    const { user } = open(aTest({ allowed_actions: ["start"] }), redTech);
    await user.click(await screen.findByRole("button", { name: "Start the attack" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Somebody else is assigned.");
  });

  it("says to others who acts and why they may not", async () => {
    open(executing({ allowed_actions: [] }), blueTech);
    const red = await screen.findByRole("region", { name: "Red: what was run" });
    expect(red).toHaveTextContent("Red One writes here now. Only the red side writes here.");
    expect(screen.getByText("Red One runs the attack, records it and hands over.")).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Hand over to blue" })).not.toBeInTheDocument();
  });

  it("calls the validated state what it is: confirmed by both leads", async () => {
    open(aTest({ state: "validated", verdict: "validated", in_doubt: ["template", "tool"] }), viewerMe);
    expect(await screen.findByText(/^Since it was run, the template changed, a tool changed\./)).toBeInTheDocument();
    expect(await screen.findAllByText("Confirmed by both leads")).not.toHaveLength(0);
    expect(screen.queryByText(/validated/i)).not.toBeInTheDocument();
  });
});

describe("red's record", () => {
  it("keeps what was typed when somebody else saved, and saves it on the newest version", async () => {
    const sent: unknown[] = [];
    const { user } = open(executing(), redTech);
    const summary = await screen.findByLabelText("What was done");
    await user.clear(summary);
    await user.type(summary, "Mine");
    server.use(
      route.get(`/tests/${TEST_ID}`, () => HttpResponse.json(executing({ red: aRedRecord({ version: 4, summary: "Theirs", executions: [{ ...anExecution, host: "HOST-99" }] }) }))),
      route.patch(`/tests/${TEST_ID}/red`, async ({ request }) => {
        const body = (await request.json()) as { version: number };
        sent.push(body);
        if (body.version === 3) return problem(409, "stale_version", "Changed meanwhile.", { current_version: 4 });
        return HttpResponse.json(executing({ red: aRedRecord({ version: 5, summary: "Mine" }) }));
      }),
    );
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("Somebody else saved this in the meantime")).toBeInTheDocument();
    expect(summary).toHaveValue("Mine");
    await user.click(screen.getByRole("button", { name: "Load the newest, keep what I typed" }));
    await waitFor(() => expect(screen.getByLabelText("Target host")).toHaveValue("HOST-99"));
    expect(screen.getByLabelText("What was done")).toHaveValue("Mine");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[1]).toMatchObject({ version: 4, summary: "Mine", host: "HOST-99" });
  });

  it("sets the faults of an incomplete hand-over on their fields", async () => {
    server.use(
      route.post(`/tests/${TEST_ID}/submit-red`, () =>
        problem(422, "incomplete", "The red record is not complete yet.", {
          errors: [
            { field: "red.execution", message: "say how it ended", code: "required" },
            { field: "evidence", message: "the red side has no evidence", code: "required" },
          ],
        }),
      ),
    );
    const { user } = open(executing(), redTech);
    await user.click(await screen.findByRole("button", { name: "Hand over to blue" }));
    const field = await screen.findByLabelText("How it ended");
    await waitFor(() => expect(field).toHaveAccessibleDescription("Say how it ended"));
    expect(field).toHaveFocus();
    expect(screen.getByText("The red side has no evidence")).toBeInTheDocument();
  });

  it("sends several runs as a list", async () => {
    let body: unknown;
    server.use(
      route.put(`/tests/${TEST_ID}/executions`, async ({ request }) => {
        body = await request.json();
        return HttpResponse.json(executing());
      }),
    );
    const { user } = open(executing(), redTech);
    await user.click(await screen.findByRole("button", { name: "Another run" }));
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(body).toMatchObject({ version: 3, executions: [{ host: "HOST-07" }, { host: null, command: "whoami /all" }] }));
  });
});

describe("blue's record", () => {
  const blocked = aBlueRecord({
    observations: [
      { outcome: "blocked", execution: null, tool: "EDR", tool_id: null, tool_version: null, observed_at: "2026-05-04T09:30:02Z", source: null, late: false, reason: null, severity: null, reference: null, notes: null },
    ],
  });

  it("explains an outcome conflict with the two ways out", async () => {
    server.use(route.post(`/tests/${TEST_ID}/submit-blue`, () => problem(409, "outcome_conflict", "Contradiction.", { executions: [1] })));
    const { user } = open(evaluating({ blue: blocked }), blueTech);
    await user.click(await screen.findByRole("button", { name: "Hand over to the leads" }));
    expect(await screen.findByText("Red says that run 1 succeeded, you say that it was blocked")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Say why the block did not stop it" }));
    expect(screen.getByLabelText("If the attack succeeded all the same")).toHaveFocus();
    await user.click(screen.getByRole("button", { name: "Return it to red with a question" }));
    expect(await screen.findByRole("dialog", { name: "Return the test to red" })).toBeInTheDocument();
  });

  it("asks for the time and the severity of an alert only", async () => {
    const { user } = open(evaluating(), blueTech);
    await user.click(await screen.findByRole("button", { name: "Add an observation" }));
    expect(screen.queryByLabelText("Seen at (UTC)")).not.toBeInTheDocument();
    await user.selectOptions(screen.getByLabelText("What the control did"), "Alerted");
    expect(screen.getByLabelText("Seen at (UTC)")).toBeInTheDocument();
    expect(screen.getByLabelText("Severity")).toBeInTheDocument();
  });
});

describe("detection rules", () => {
  it("asks for every rule that runs with us, and takes noise and a note", async () => {
    const id = "00000000-0000-4000-8000-000000000601";
    const sent: unknown[] = [];
    const result = { rule_id: id, rule_name: "Whoami was run", result: "not_triggered" as const, noise_count: null, notes: null };
    server.use(
      route.get("/detection-rules", ({ request }) => {
        const { searchParams } = new URL(request.url);
        return HttpResponse.json(page(searchParams.get("deployed") === "true" ? [ruleOf({ deployed_in: ["SIEM one"] })] : []));
      }),
      route.put(`/tests/${TEST_ID}/detection-rules/${id}`, async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json(evaluating({ allowed_actions: ["record_rule_result"], blue: aBlueRecord({ rule_results: [result] }) }));
      }),
    );
    const { user } = open(evaluating({ allowed_actions: ["record_rule_result"] }), blueTech);
    await user.click(await screen.findByRole("button", { name: "Whoami was run stayed silent" }));
    await user.click(await screen.findByRole("button", { name: "Noise and note of Whoami was run" }));
    expect(screen.queryByRole("list", { name: "Rules that should have fired" })).not.toBeInTheDocument();
    await user.type(screen.getByLabelText("Other hits"), "x");
    expect(screen.getByText("A whole number.")).toBeInTheDocument();
    await user.clear(screen.getByLabelText("Other hits"));
    await user.type(screen.getByLabelText("Other hits"), "12");
    await user.type(screen.getByLabelText("Note"), "Every morning");
    await expectAccessible("light");
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(screen.queryByLabelText("Other hits")).not.toBeInTheDocument());
    expect(sent).toEqual([{ result: "not_triggered" }, { result: "not_triggered", noise_count: 12, notes: "Every morning" }]);
  });

  it("stores at once that a rule fired", async () => {
    let body: unknown;
    const id = "00000000-0000-4000-8000-000000000700";
    server.use(
      route.get("/detection-rules", ({ request }) => {
        const deployed = new URL(request.url).searchParams.has("deployed");
        return HttpResponse.json(page(deployed ? [] : [{ id, name: "Encoded command line", source: "sigma" }]));
      }),
      route.put(`/tests/${TEST_ID}/detection-rules/${id}`, async ({ request }) => {
        body = await request.json();
        return HttpResponse.json(evaluating({ allowed_actions: ["record_rule_result"], blue: aBlueRecord({ rule_results: [{ rule_id: id, rule_name: "Encoded command line", result: "triggered", noise_count: null, notes: null }] }) }));
      }),
    );
    const { user } = open(evaluating({ allowed_actions: ["record_rule_result"] }), blueTech);
    await user.click(await screen.findByRole("combobox", { name: "Add a rule that fired" }));
    await user.click(await screen.findByRole("option", { name: /Encoded command line/ }));
    expect(await screen.findByLabelText("What Encoded command line did")).toHaveValue("triggered");
    expect(body).toEqual({ result: "triggered" });
  });
});

describe("review", () => {
  it("lets a lead judge his side only, in the words of the rule", async () => {
    let body: unknown;
    server.use(
      route.post(`/tests/${TEST_ID}/votes`, async ({ request }) => {
        body = await request.json();
        const vote = { side: "red" as const, user: { id: redLead.id, username: "rlead", full_name: "" }, role: "red_lead", voted_at: "2026-05-04T10:00:00Z", decision: "approve" as const, reason_code: null, notes: null, credentials_changed_recently: true, as_deputy_of: null };
        return HttpResponse.json(reviewing({ votes: [vote], allowed_actions: [] }), { status: 201 });
      }),
    );
    const { user } = open(reviewing(), redLead);
    const blue = await screen.findByRole("region", { name: "Judgement of blue's record" });
    expect(blue).toHaveTextContent("Waits for the blue lead.");
    await user.click(screen.getByRole("button", { name: "This side’s record is true and sufficient" }));
    expect(await screen.findByText(/changed this voter’s password or role/)).toBeInTheDocument();
    expect(body).toEqual({ side: "red", decision: "approve", notes: null, reason_code: null });
  });

  it("does not reject without a reason", async () => {
    const { user } = open(reviewing(), redLead);
    await user.click(await screen.findByRole("button", { name: "Reject…" }));
    const form = screen.getByRole("form", { name: "Vote on the red side" });
    await user.click(within(form).getByRole("button", { name: "Reject this side" }));
    expect(await within(form).findByRole("alert")).toHaveTextContent("Say what is wrong");
  });

  it("tells a lead who worked on the round that somebody else has to judge", async () => {
    open(reviewing({ allowed_actions: [] }), redLead);
    expect(await screen.findByText("You worked on this round, so somebody else has to judge it.")).toBeInTheDocument();
  });
});

it("has no accessibility findings in any phase, in either theme", async () => {
  for (const [test, me] of [[executing(), redTech], [evaluating({ blue: aBlueRecord() }), blueTech], [reviewing(), redLead]] as const) {
    const { unmount } = open(test, me);
    await screen.findByRole("heading", { level: 1 });
    await expectAccessible("light");
    await expectAccessible("dark");
    unmount();
  }
});
