import type { components } from "@/api/schema";
import type { TestDetail } from "@/api/tests";

type Schemas = components["schemas"];

export const redOne: Schemas["PersonRef"] = { id: "00000000-0000-4000-8000-0000000000a1", username: "red1", full_name: "Red One" };
export const blueOne: Schemas["PersonRef"] = { id: "00000000-0000-4000-8000-0000000000b1", username: "blue1", full_name: "Blue One" };

export const anExecution: Schemas["ExecutionOutput"] = {
  no: 1,
  executed_at: "2026-05-04T09:30:00Z",
  ended_at: null,
  host: "HOST-07",
  source_host: null,
  user: null,
  privilege: null,
  tool: null,
  command: "whoami /all",
  execution: "succeeded",
  cleanup_done_at: null,
  detection: null,
};

export function aRedRecord(changes: Partial<Schemas["RedRecord"]> = {}): Schemas["RedRecord"] {
  const { executed_at, ended_at, host, source_host, user, privilege, tool, command, execution, cleanup_done_at } = anExecution;
  return {
    ...{ executed_at, ended_at, host, source_host, user, privilege, tool, command, execution, cleanup_done_at },
    version: 3,
    summary: "Ran it once.",
    executions: [anExecution],
    entered_later: false,
    submitted_at: null,
    submitted_by: null,
    carried_from_round: null,
    carry_confirmed_at: null,
    evidence_count: 0,
    ...changes,
  };
}

export function aBlueRecord(changes: Partial<Schemas["BlueRecord"]> = {}): Schemas["BlueRecord"] {
  return {
    version: 5,
    summary: null,
    observations: [],
    triaged_at: null,
    contained_at: null,
    miss_cause: null,
    further_causes: [],
    unattributed_reason: null,
    clock_skew: false,
    rule_results: [],
    frozen_at: null,
    frozen_observations: null,
    submitted_at: null,
    submitted_by: null,
    carried_from_round: null,
    carry_confirmed_at: null,
    evidence_count: 0,
    ...changes,
  };
}

export const TEST_ID = "00000000-0000-4000-8000-000000000100";

/** A test as the server sends it: a draft, unless changed. */
export function aTest(changes: Partial<TestDetail> = {}): TestDetail {
  return {
    id: TEST_ID,
    number: "AT-1042",
    name: "Encoded PowerShell",
    state: "draft",
    state_since: "2026-05-04T09:00:00Z",
    round: 1,
    technique: { id: "00000000-0000-4000-8000-000000000200", attack_id: "T1059.001", name: "PowerShell", is_active: true },
    technique_at_test: "T1059.001",
    environment: { id: "00000000-0000-4000-8000-000000000300", name: "Organisation" },
    platform: "Windows",
    detection: null,
    expected: "detected",
    meets_expectation: null,
    waits_for: "red",
    red_assignee: null,
    blue_assignee: null,
    created_by: redOne,
    created_at: "2026-05-04T09:00:00Z",
    executed_at: null,
    decided_at: null,
    archived: false,
    annulled: false,
    blind: false,
    sealed: false,
    window_from: null,
    window_to: null,
    target_group: null,
    revealed_at: null,
    retest_of: null,
    tags: [],
    version: 1,
    description: "",
    procedure: "powershell -enc …",
    procedure_key: "custom:00000000-0000-4000-8000-000000000400",
    template_id: null,
    template_name: null,
    inputs: {},
    attack_version: "18.1",
    expected_own: null,
    expected_reason: null,
    started_at: null,
    updated_at: "2026-05-04T09:00:00Z",
    red: aRedRecord(),
    blue: aBlueRecord(),
    votes: [],
    verdict: null,
    silent_block: false,
    unattributed: false,
    returned_count: 0,
    open_question: null,
    in_doubt: [],
    archived_at: null,
    archive_reason: null,
    annulled_at: null,
    annul_reason: null,
    annulment: null,
    seal: null,
    allowed_actions: [],
    ...changes,
  };
}
