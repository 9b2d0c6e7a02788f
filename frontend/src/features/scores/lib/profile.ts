import type { ProfileEntry, ProfileItem } from "@/features/scores/api";

export const PRIORITIES = [
  { value: "3", label: "3 – highest" },
  { value: "2", label: "2 – high" },
  { value: "1", label: "1 – watched" },
  { value: "0", label: "0 – not relevant" },
];

/** An entry as the whole profile is sent again. */
export function itemOf(entry: ProfileEntry): ProfileItem {
  const subject = entry.kind === "actor" ? { actor: entry.actor ?? entry.subject_id } : { technique: entry.technique ?? entry.subject_id };
  return { ...subject, priority: entry.priority, reason: entry.reason, ...(entry.until && { until: entry.until }) };
}

/** The profile with one entry put in place of another, added, or left out. */
export function withEntry(entries: readonly ProfileEntry[], replaced: ProfileEntry | null, item: ProfileItem | null): ProfileItem[] {
  const kept = entries.filter((entry) => entry.id !== replaced?.id).map(itemOf);
  return item ? [...kept, item] : kept;
}
