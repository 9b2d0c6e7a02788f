import type { Me } from "@/api/me";
import type { TestState, TestSummary } from "@/api/tests";

export interface TaskGroup {
  key: string;
  title: string;
  /** What there is to do. */
  hint: string;
  act: string;
  /** Where on the test's page the work is done. */
  anchor: string;
  tests: TestSummary[];
}

interface Kind extends Omit<TaskGroup, "tests"> {
  state: TestState;
}

/** In the order in which they should be worked off: what holds others up comes first. */
const KINDS: readonly Kind[] = [
  { key: "judge", state: "in_review", title: "Judge", hint: "Both records are in. Is your side’s record true and sufficient?", act: "Judge the record", anchor: "#review" },
  { key: "evaluate", state: "blue_evaluating", title: "Say what was seen", hint: "Red has run the attack and waits for what your tools did.", act: "Evaluate", anchor: "#blue" },
  { key: "record", state: "red_executing", title: "Record and hand over", hint: "Started: record what was run, then hand over to blue.", act: "Record", anchor: "#red" },
  { key: "reopen", state: "rejected", title: "Decide what follows a rejection", hint: "Open the next round, or archive the test.", act: "Decide", anchor: "" },
  { key: "start", state: "draft", title: "Start", hint: "Planned and ready to run.", act: "Start the attack", anchor: "#red" },
];

/** What waits for somebody, by what he must do; oldest first inside a group. */
export function groupTasks(tests: readonly TestSummary[]): TaskGroup[] {
  return KINDS.map(({ state, ...kind }) => ({
    ...kind,
    tests: tests.filter((test) => test.state === state).sort((a, b) => a.state_since.localeCompare(b.state_since)),
  })).filter((group) => group.tests.length > 0);
}

/** Whether the task is this person's alone, or open for the whole side. */
export function isAssigned(test: TestSummary, me: Me): boolean {
  return test.red_assignee?.id === me.id || test.blue_assignee?.id === me.id;
}
