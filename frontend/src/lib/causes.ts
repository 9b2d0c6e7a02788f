import type { components } from "@/api/schema";
import type { DomainName } from "@/api/techniques";

type MissCause = components["schemas"]["FindingSummary"]["cause"];

/** Why something was not seen or stopped, in words. */
export const MISS_CAUSES: Record<MissCause, string> = {
  no_sensor: "No sensor on the host",
  no_telemetry: "Sensor, but no such telemetry",
  not_forwarded: "Telemetry not forwarded",
  parsing: "Parsed wrongly",
  no_rule: "No rule for it",
  rule_broken: "Rule is broken",
  rule_suppressed: "Rule is suppressed",
  allow_listed: "Allow-listed",
  late: "Seen, but too late",
  low_severity: "Severity too low to act on",
  not_triaged: "Alert was not triaged",
  by_design: "By design",
  other: "Other",
};

/** A cause in words; null where nobody stated one. */
export function causeLabel(cause: string | null): string {
  if (cause === null) return "No cause stated";
  return cause in MISS_CAUSES ? MISS_CAUSES[cause as MissCause] : cause;
}

/** What the list of tests calls a cause; it has a word for none. */
type AskedCause = MissCause | "unstated";

/** The same as filters of the list of tests. */
export const ASKED_CAUSES: Record<AskedCause, string> = { ...MISS_CAUSES, unstated: "No cause stated" };

/** Which of the results below expectation that name a cause. */
const MISSED_HOW = {
  /** As the primary cause, all of them. */
  all: "",
  unseen: "&detection=not_detected",
  sighted: "&detection=partially_detected&detection=detected",
  /** Beside the primary one. */
  further: "",
} as const;

export type MissedHow = keyof typeof MISSED_HOW;

/** The tests behind a number of misses by cause, one for each that is counted. */
export function missedTestsPath(domain: DomainName, cause: string | null, how: MissedHow = "all", environment = ""): string {
  const name = how === "further" ? "further_cause" : "miss_cause";
  return `/tests?domain=${domain}&${name}=${cause ?? "unstated"}${MISSED_HOW[how]}${environment && `&environment=${environment}`}`;
}

/** Where misses stand by cause; at one of the causes when it is named. */
export function gapsPath(domain: DomainName, cause?: string | null): string {
  const query = domain === "enterprise" ? "" : `?domain=${domain}`;
  return `/findings/gaps${query}${cause === undefined ? "" : `#cause-${cause ?? "none"}`}`;
}
