import type { BlueRecord, BlueUpdate, Observation, ObservationInput } from "@/features/security-tests/api";
import { fromField, toField } from "@/features/security-tests/lib/times";
import { BLOCK_REASONS, keyOf, MISS_CAUSES, SEEN, SEVERITIES, TIME_SOURCES, type MissCause } from "@/features/security-tests/lib/words";

export interface ObservationValues {
  outcome: string;
  execution: string;
  tool: string;
  tool_id: string;
  tool_version: string;
  observed_at: string;
  source: string;
  reason: string;
  severity: string;
  reference: string;
  notes: string;
}

export interface BlueValues {
  summary: string;
  observations: ObservationValues[];
  triaged_at: string;
  contained_at: string;
  miss_cause: string;
  further_causes: MissCause[];
  unattributed_reason: string;
}

export const EMPTY_OBSERVATION: ObservationValues = {
  outcome: "none",
  execution: "",
  tool: "",
  tool_id: "",
  tool_version: "",
  observed_at: "",
  source: "",
  reason: "",
  severity: "",
  reference: "",
  notes: "",
};

function valuesOf(item: Observation): ObservationValues {
  return {
    outcome: item.outcome,
    execution: item.execution === null ? "" : String(item.execution),
    tool: item.tool ?? "",
    tool_id: item.tool_id ?? "",
    tool_version: item.tool_version ?? "",
    observed_at: toField(item.observed_at),
    source: item.source ?? "",
    reason: item.reason ?? "",
    severity: item.severity ?? "",
    reference: item.reference ?? "",
    notes: item.notes ?? "",
  };
}

export function blueValues(record: BlueRecord): BlueValues {
  return {
    summary: record.summary ?? "",
    observations: record.observations.map(valuesOf),
    triaged_at: toField(record.triaged_at),
    contained_at: toField(record.contained_at),
    miss_cause: record.miss_cause ?? "",
    further_causes: record.further_causes,
    unattributed_reason: record.unattributed_reason ?? "",
  };
}

interface Tool {
  id: string;
  name: string;
}

function inputOf(values: ObservationValues, stored: Observation | undefined, tools: readonly Tool[]): ObservationInput {
  const known = tools.find((tool) => tool.name.toLowerCase() === values.tool.trim().toLowerCase());
  return {
    outcome: keyOf(SEEN, values.outcome) ?? "none",
    execution: values.execution ? Number(values.execution) : null,
    tool: values.tool || null,
    tool_id: known?.id ?? (values.tool_id || null),
    tool_version: values.tool_version || null,
    observed_at: fromField(values.observed_at, stored?.observed_at),
    source: keyOf(TIME_SOURCES, values.source),
    // A reason belongs to a block; for anything else it would be left over from before.
    reason: values.outcome === "blocked" ? keyOf(BLOCK_REASONS, values.reason) : null,
    severity: values.outcome === "alerted" ? keyOf(SEVERITIES, values.severity) : null,
    reference: values.reference || null,
    notes: values.notes || null,
  };
}

/** What to send; a tool of ours is recognised by its name. */
export function blueBody(values: BlueValues, base: BlueRecord, tools: readonly Tool[] = []): BlueUpdate {
  return {
    version: base.version,
    summary: values.summary || null,
    observations: values.observations.map((item, index) => inputOf(item, base.observations[index], tools)),
    triaged_at: fromField(values.triaged_at, base.triaged_at),
    contained_at: fromField(values.contained_at, base.contained_at),
    miss_cause: keyOf(MISS_CAUSES, values.miss_cause),
    further_causes: values.further_causes,
    unattributed_reason: values.unattributed_reason || null,
  };
}

/** The server's name of a field as the form knows it. */
export function blueField(field: string): string {
  return field.replace(/^blue\./, "").replace(/\.late$/, ".reason");
}
