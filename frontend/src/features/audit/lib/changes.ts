export interface Change {
  field: string;
  before: string | null;
  after: string | null;
}

type Values = Record<string, unknown> | null;

function show(value: unknown): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The fields of an entry with their value before and after; a side that the entry does not tell is null. */
export function changesOf(before: Values, after: Values): Change[] {
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort();
  return fields.map((field) => ({
    field,
    before: before && field in before ? show(before[field]) : null,
    after: after && field in after ? show(after[field]) : null,
  }));
}

/** The start of a day given as YYYY-MM-DD, in UTC; undefined when it is not a date. */
export function dayStart(day: string): string | undefined {
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)) ? `${day}T00:00:00Z` : undefined;
}

/** The end of that day. */
export function dayEnd(day: string): string | undefined {
  return dayStart(day)?.replace("T00:00:00Z", "T23:59:59.999Z");
}
