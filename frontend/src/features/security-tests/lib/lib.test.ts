import { describe, expect, it } from "vitest";
import { fillIn } from "@/lib/fill-in";
import { listParams, looseFilters } from "@/features/security-tests/lib/list-filters";
import { mergeTyped } from "@/features/security-tests/lib/merge";
import { redBase, redBodies, redField, redValues } from "@/features/security-tests/lib/red-form";
import { fromField, timesInStates, toField } from "@/features/security-tests/lib/times";
import { anExecution, aRedRecord, aTest } from "@/testing/tests";

describe("mergeTyped", () => {
  const base = { summary: "a", rows: [{ host: "h", user: "u" }] };
  it("takes theirs where nothing was typed, field by field", () => {
    expect(mergeTyped(base, { summary: "mine", rows: base.rows }, { summary: "b", rows: [{ host: "h2", user: "u" }] })).toEqual({ summary: "mine", rows: [{ host: "h2", user: "u" }] });
    expect(mergeTyped(base, { summary: "a", rows: [{ host: "h", user: "me" }] }, { summary: "b", rows: [{ host: "h2", user: "u" }] })).toEqual({ summary: "b", rows: [{ host: "h2", user: "me" }] });
  });
  it("keeps a list whose length somebody changed as typed", () => {
    const mine = { summary: "a", rows: [...base.rows, { host: "new", user: "" }] };
    expect(mergeTyped(base, mine, { summary: "b", rows: [{ host: "h2", user: "u" }] })).toEqual({ summary: "b", rows: mine.rows });
  });
});

describe("times", () => {
  it("keeps the fractions of a stored time that the field still shows", () => {
    const stored = "2026-05-04T09:30:00.123456Z";
    expect(toField(stored)).toBe("2026-05-04T09:30:00");
    expect(fromField("2026-05-04T09:30:00", stored)).toBe(stored);
    expect(fromField("2026-05-04T09:31", stored)).toBe("2026-05-04T09:31:00.000Z");
    expect(fromField("")).toBeNull();
    expect(fromField("yesterday")).toBeNull();
  });
  it("adds up the time in each state over rounds and leaves out the end", () => {
    const entry = (at: string, to_state: "draft" | "red_executing" | "blue_evaluating" | "validated") => ({ at, to_state, event: "x", round: 1, actor: "a", from_state: null, reason: null, details: {} });
    const stays = timesInStates(
      [entry("2026-05-04T09:00:00Z", "draft"), entry("2026-05-04T09:10:00Z", "red_executing"), entry("2026-05-04T09:11:00Z", "red_executing"), entry("2026-05-04T09:20:00Z", "blue_evaluating"), entry("2026-05-04T09:25:00Z", "red_executing"), entry("2026-05-04T09:26:00Z", "validated")],
      Date.parse("2026-05-05T00:00:00Z"),
    );
    expect(stays).toEqual([
      { state: "draft", seconds: 600, current: false },
      { state: "red_executing", seconds: 660, current: false },
      { state: "blue_evaluating", seconds: 300, current: false },
    ]);
  });
});

describe("red's bodies", () => {
  const base = (changes = {}) => redBase(aTest({ red: aRedRecord(changes) }));
  it("sends one run flat and clears what was emptied", () => {
    const record = base();
    const values = redValues(record);
    const { record: body, executions } = redBodies({ ...values, executions: values.executions.map((run) => ({ ...run, host: "" })) }, record);
    expect(executions).toBeNull();
    expect(body).toMatchObject({ version: 3, summary: "Ran it once.", host: null, command: "whoami /all", executed_at: "2026-05-04T09:30:00Z" });
  });
  it("leaves the flat route alone when only the list of runs changed", () => {
    const record = base({ executions: [anExecution, { ...anExecution, no: 2 }] });
    const { record: body, executions } = redBodies(redValues(record), record);
    expect(body).toEqual({ version: 3 });
    expect(executions).toHaveLength(2);
  });
  it("knows the flat names as those of the first run", () => {
    expect([redField("red.executed_at"), redField("executions.1.host"), redField("summary")]).toEqual(["executions.0.executed_at", "executions.1.host", "summary"]);
  });
});

describe("templates", () => {
  it("fills known inputs and leaves unknown ones", () => {
    expect(fillIn("run #{ a } #{b} $& #{c}", { a: "1$&", b: "" })).toBe("run 1$&  $& #{c}");
  });
});

it("reads the list's question out of the address and drops what it does not know", () => {
  const params = new URLSearchParams("state=draft&state=flying&waiting_for=me&technique=T1059.001&retest_of=1&archived=true");
  const read = { get: (name: string) => params.get(name) ?? "", getAll: (name: string) => params.getAll(name) };
  expect(listParams(read, { limit: 50, offset: 0, sort: undefined })).toEqual({ limit: 50, offset: 0, state: ["draft"], waiting_for: "me", technique: ["T1059.001"], retest_of: "1", archived: true });
  expect(looseFilters(read).map((item) => item.label)).toEqual(["Waiting for me", "Archived", "Technique: T1059.001", "Retests"]);
});
