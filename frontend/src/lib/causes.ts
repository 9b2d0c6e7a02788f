import type { components } from "@/api/schema";

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
