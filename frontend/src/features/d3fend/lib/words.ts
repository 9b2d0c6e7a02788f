import type { BadgeTone } from "@/components/ui/badge";
import type { CountermeasureParams, CountermeasureStatus } from "@/features/d3fend/api";

export const STATUSES: Record<CountermeasureStatus, { label: string; symbol: string; tone: BadgeTone; text: string }> = {
  implemented: { label: "Implemented", symbol: "●", tone: "ok", text: "text-ok" },
  planned: { label: "Planned", symbol: "◐", tone: "warn", text: "text-warn" },
  no: { label: "No", symbol: "○", tone: "neutral", text: "text-muted" },
};

const hundredths = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** Points of a score with their sign: "+0.12", "−0.40", "0.00". One countermeasure of many moves little. */
export function points(value: number): string {
  const text = hundredths.format(Math.abs(value));
  if (text === hundredths.format(0)) return text;
  return `${value > 0 ? "+" : "−"}${text}`;
}

const ORDER = Object.keys(STATUSES) as CountermeasureStatus[];
export const STATUS_OPTIONS = ORDER.map((value) => ({ value, label: STATUSES[value].label }));

export function statusOf(value: string): CountermeasureStatus | undefined {
  return ORDER.find((status) => status === value);
}

interface Read {
  get: (name: string) => string;
  getAll: (name: string) => string[];
}

export const FILTERS = ["q", "tactic", "status", "technique", "include_subtechniques"] as const;

/** The list's query out of the address; unknown values are left out. */
export function listParams({ get, getAll }: Read, table: { limit: number; offset: number }): CountermeasureParams {
  const status = ORDER.filter((word) => getAll("status").includes(word));
  const [tactic, technique, q] = [getAll("tactic"), getAll("technique"), get("q")];
  return {
    limit: table.limit,
    offset: table.offset,
    ...(q && { q }),
    ...(tactic.length > 0 && { tactic }),
    ...(status.length > 0 && { status }),
    ...(technique.length > 0 && { technique }),
    ...(technique.length > 0 && get("include_subtechniques") === "true" && { include_subtechniques: true }),
  };
}
