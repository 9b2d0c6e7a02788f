import type { TestDetail } from "@/api/tests";
import type { Execution, ExecutionInput, RedRecord, RedUpdate } from "@/features/security-tests/api";
import { fromField, toField } from "@/features/security-tests/lib/times";
import { EXECUTION_RESULTS, keyOf } from "@/features/security-tests/lib/words";

export interface ExecutionValues {
  executed_at: string;
  ended_at: string;
  host: string;
  source_host: string;
  user: string;
  privilege: string;
  tool: string;
  command: string;
  execution: string;
  cleanup_done_at: string;
}

/** Red's record with what blue is told of a blind test. */
export interface RedBase extends RedRecord {
  blind: boolean;
  window_from: string | null;
  window_to: string | null;
  target_group: string | null;
}

export interface RedValues {
  summary: string;
  window_from: string;
  window_to: string;
  target_group: string;
  executions: ExecutionValues[];
}

export const EMPTY_EXECUTION: ExecutionValues = {
  executed_at: "",
  ended_at: "",
  host: "",
  source_host: "",
  user: "",
  privilege: "",
  tool: "",
  command: "",
  execution: "",
  cleanup_done_at: "",
};

function valuesOf(run: Execution): ExecutionValues {
  return {
    executed_at: toField(run.executed_at),
    ended_at: toField(run.ended_at),
    host: run.host ?? "",
    source_host: run.source_host ?? "",
    user: run.user ?? "",
    privilege: run.privilege ?? "",
    tool: run.tool ?? "",
    command: run.command ?? "",
    execution: run.execution ?? "",
    cleanup_done_at: toField(run.cleanup_done_at),
  };
}

export function redBase(test: TestDetail): RedBase {
  const { blind, window_from, window_to, target_group } = test;
  return { ...test.red, blind, window_from, window_to, target_group };
}

export function redValues(record: RedBase): RedValues {
  const runs = record.executions.map(valuesOf);
  return {
    summary: record.summary ?? "",
    window_from: toField(record.window_from),
    window_to: toField(record.window_to),
    target_group: record.target_group ?? "",
    executions: runs.length > 0 ? runs : [EMPTY_EXECUTION],
  };
}

function inputOf(values: ExecutionValues, stored: Execution | undefined): ExecutionInput {
  return {
    executed_at: fromField(values.executed_at, stored?.executed_at),
    ended_at: fromField(values.ended_at, stored?.ended_at),
    host: values.host || null,
    source_host: values.source_host || null,
    user: values.user || null,
    privilege: values.privilege || null,
    tool: values.tool || null,
    command: values.command || null,
    execution: keyOf(EXECUTION_RESULTS, values.execution),
    cleanup_done_at: fromField(values.cleanup_done_at, stored?.cleanup_done_at),
  };
}

/** What to send: one run travels flat with the summary, several as a list of their own. */
export function redBodies(values: RedValues, base: RedBase): { record: RedUpdate; executions: ExecutionInput[] | null } {
  const runs = values.executions.map((run, index) => inputOf(run, base.executions[index]));
  const summary = values.summary || null;
  const [first] = runs;
  const told = base.blind && {
    window_from: fromField(values.window_from, base.window_from),
    window_to: fromField(values.window_to, base.window_to),
    target_group: values.target_group || null,
  };
  if (runs.length <= 1 && base.executions.length <= 1) return { record: { version: base.version, summary, ...first, ...told }, executions: null };
  const record = { version: base.version, ...(summary !== base.summary && { summary }), ...told };
  return { record, executions: runs };
}

const FLAT = new Set(Object.keys(EMPTY_EXECUTION));

/** The server's name of a field as the form knows it. */
export function redField(field: string): string {
  const name = field.replace(/^red\./, "");
  return FLAT.has(name) ? `executions.0.${name}` : name;
}
