import type { TestState } from "@/api/tests";
import type { TimelineEntry } from "@/features/security-tests/api";

/** What a UTC date-and-time field shows: "2026-05-04T09:30:00"; empty without a time. */
export function toField(iso: string | null | undefined): string {
  return iso ? new Date(iso).toISOString().slice(0, 19) : "";
}

/** The field's time for the server; the stored one, with its fractions, when the field still shows it. */
export function fromField(value: string, stored?: string | null): string | null {
  if (!value) return null;
  if (stored && toField(stored) === value) return stored;
  const parsed = new Date(`${value}Z`);
  return Number.isNaN(parsed.getTime()) ? null : parsed.toISOString();
}

/** Saves of one person that follow one another become one entry, dated by the last. */
export function collapse(entries: readonly TimelineEntry[]): { entry: TimelineEntry; times: number }[] {
  const lines: { entry: TimelineEntry; times: number }[] = [];
  for (const entry of entries) {
    const last = lines.at(-1);
    const repeats = entry.event.endsWith("_edited") && last?.entry.event === entry.event && last.entry.actor === entry.actor && last.entry.round === entry.round;
    if (repeats) lines[lines.length - 1] = { entry, times: last.times + 1 };
    else lines.push({ entry, times: 1 });
  }
  return lines;
}

export interface Stay {
  state: TestState;
  seconds: number;
  /** The state the test is in: time still runs. */
  current: boolean;
}

const FINAL: readonly TestState[] = ["validated"];

/** How long a test stood in each state, all rounds together, in the order in which it first came there. */
export function timesInStates(entries: readonly TimelineEntry[], now: number): Stay[] {
  const total = new Map<TestState, number>();
  let state: TestState | null = null;
  let since = 0;
  const add = (name: TestState, until: number) => total.set(name, (total.get(name) ?? 0) + Math.max(0, until - since) / 1000);
  for (const entry of entries) {
    if (entry.to_state === state) continue;
    const at = Date.parse(entry.at);
    if (state) add(state, at);
    state = entry.to_state;
    since = at;
    if (!total.has(state)) total.set(state, 0);
  }
  if (state && !FINAL.includes(state)) add(state, now);
  return [...total].filter(([name]) => !FINAL.includes(name)).map(([name, seconds]) => ({ state: name, seconds, current: name === state }));
}
