import { CURRENT, resultTestsPath } from "@/lib/counted";

/** What of a cell the ladder needs. */
interface Rungs {
  detail: Readonly<Record<string, number | null>>;
}

export interface Rung {
  name: string;
  label: string;
  /** So many units have reached it. */
  reached: number;
  /** Where what stands on it is listed. */
  to: string;
}

/** The rungs from the bottom up. */
export function rungsOf({ detail }: Rungs, attackId: string): Rung[] {
  const rules = `/detection-rules?technique=${attackId}&include_subtechniques=true`;
  const tests = resultTestsPath(CURRENT, { technique: attackId });
  const seen = ["partially_detected", "detected", "prevented"].map((word) => `&detection=${word}`).join("");
  const rungs = [
    ["rule_known", "A detection rule is known", rules],
    ["rule_deployed", "A rule runs in our tools", `${rules}&deployed=true`],
    ["telemetry_seen", "A test left telemetry", `${tests}${seen}`],
    ["alert_seen", "A test raised an alert", `${tests}&detection=detected&detection=prevented`],
    ["validated", "Every current result met the expectation", tests],
    ["fresh", "And the results are fresh", `/matrix?layer=freshness&q=${attackId}`],
  ] as const;
  return rungs.map(([name, label, to]) => ({ name, label, to, reached: detail[name] ?? 0 }));
}
