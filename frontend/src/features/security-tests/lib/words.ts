import type { Execution, Observation, VoteCreate, BlueUpdate } from "@/features/security-tests/api";
import type { Expected } from "@/api/tests";
import { humanise } from "@/lib/format";

type ExecutionResult = NonNullable<Execution["execution"]>;
type Seen = Observation["outcome"];
type Severity = NonNullable<Observation["severity"]>;
type TimeSource = NonNullable<Observation["source"]>;
export type MissCause = NonNullable<BlueUpdate["miss_cause"]>;
export type RejectionCode = NonNullable<VoteCreate["reason_code"]>;

export const EXECUTION_RESULTS: Record<ExecutionResult, string> = {
  succeeded: "Succeeded",
  blocked: "Blocked",
  failed: "Failed for other reasons",
  unknown: "Cannot tell",
};

export const SEEN: Record<Seen, string> = {
  blocked: "Blocked",
  alerted: "Alerted",
  logged: "Logged only",
  none: "Nothing seen",
  not_applicable: "Tool not on this host",
};

export const SEVERITIES: Record<Severity, string> = {
  informational: "Informational",
  low: "Low",
  medium: "Medium",
  high: "High",
  critical: "Critical",
};

export const TIME_SOURCES: Record<TimeSource, string> = { siem: "SIEM", edr: "EDR", ticket: "Ticket", import: "Import", manual: "By hand" };

export const BLOCK_REASONS: Record<NonNullable<Observation["reason"]>, string> = {
  late: "Late: the block came after the effect",
  other_stage: "Another stage was blocked, not this one",
};

export { MISS_CAUSES } from "@/lib/causes";

export const EXPECTATIONS: Record<Expected, string> = {
  prevented: "Prevented",
  detected: "Detected by an alert",
  logged: "Logged",
};

export const REJECTION_CODES: Record<RejectionCode, string> = {
  insufficient_proof: "The proof is not sufficient",
  wrong_technique: "It was another technique",
  wrong_procedure: "Another procedure was run",
  wrong_times: "The times are wrong",
  wrong_outcome: "The outcome is wrong",
  out_of_bounds: "Outside the agreed bounds",
  other: "Other",
};

export const RULE_RESULTS = { triggered: "Fired", not_triggered: "Did not fire", false_positive: "Fired for something else" } as const;

const EVENTS: Record<string, string> = {
  created: "planned the test",
  plan_edited: "changed the plan",
  started: "started the attack",
  red_edited: "wrote red's record",
  red_submitted: "handed over to blue",
  returned: "sent it back to red with a question",
  blue_edited: "wrote blue's record",
  blue_submitted: "handed over to the leads",
  attributed: "attributed what was seen",
  revealed: "handed over and revealed the blind test",
  rule_result_recorded: "recorded what a rule did",
  evidence_added: "added evidence",
  evidence_uploaded: "added evidence",
  evidence_withdrawn: "withdrew evidence",
  assigned: "changed who works on it",
  carry_confirmed: "confirmed the carried record",
  vote_cast: "voted",
  validated: "both leads confirmed it",
  rejected: "a lead rejected it",
  reopened: "opened the next round",
  archived: "archived it",
  unarchived: "took it back from the archive",
  annulment_requested: "asked for the annulment",
  annulled: "annulled the result",
  deleted: "deleted the draft",
};

/** What an entry of the timeline says after the person's name. */
export function eventWords(event: string): string {
  return EVENTS[event] ?? humanise(event).toLowerCase();
}

/** The options of a select, in the order of the words. */
export function optionsOf<K extends string>(words: Readonly<Record<K, string>>): { value: K; label: string }[] {
  return (Object.keys(words) as K[]).map((value) => ({ value, label: words[value] }));
}

/** The key itself when it is one of the words, else null: for values that come from controls and addresses. */
export function keyOf<K extends string>(words: Readonly<Record<K, string>>, value: string): K | null {
  return optionsOf(words).find((option) => option.value === value)?.value ?? null;
}
