import type { Overlay, OverlayUpdate } from "@/features/techniques/api";

export interface DecisionForm {
  environment: string;
  scope: "in" | "out";
  expected: "" | "prevented" | "detected" | "logged";
  priority: "" | "0" | "1" | "2" | "3";
  notes: string;
  reason: string;
  /** "2026-05-04T09:30:00" in UTC, or empty. */
  until: string;
}

/** What holds now, as the form shows it. */
export function fromOverlay(overlay: Overlay): DecisionForm {
  return {
    environment: overlay.environment_id,
    scope: overlay.in_scope ? "in" : "out",
    expected: overlay.expected ?? "",
    priority: priorityOf(overlay.priority),
    notes: overlay.notes ?? "",
    reason: "",
    until: "",
  };
}

function priorityOf(value: number | null): DecisionForm["priority"] {
  const known = (["0", "1", "2", "3"] as const).find((text) => text === String(value));
  return known ?? "";
}

/**
 * What is decided anew, or null when nothing is. Only changed fields are sent, so that the reasons of the others stand;
 * an emptied field takes its decision back, and so does bringing a technique back into scope.
 */
export function toUpdate(form: DecisionForm, before: Overlay): OverlayUpdate | null {
  const was = fromOverlay(before);
  const changes = {
    ...(form.scope !== was.scope && { in_scope: form.scope === "in" ? null : false }),
    ...(form.expected !== was.expected && { expected: form.expected || null }),
    ...(form.priority !== was.priority && { priority: form.priority === "" ? null : Number(form.priority) }),
    ...(form.notes.trim() !== was.notes && { notes: form.notes.trim() || null }),
  };
  if (Object.keys(changes).length === 0) return null;
  return { environment: before.environment_id, ...changes, reason: form.reason.trim(), ...(form.until && { until: `${form.until}Z` }) };
}
