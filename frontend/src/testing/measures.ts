import type { components } from "@/api/schema";

type Schemas = components["schemas"];

const at = "2026-01-01T00:00:00Z";

/** A score that stands on 44 results. */
export function scoreOf(over: Partial<Schemas["Score"]> = {}): Schemas["Score"] {
  return {
    score: 41.25,
    proven: true,
    n: 120,
    n_proven: 30,
    breakdown: [
      { component: "tests", value: 50, weight: 40, points: 20, reason: "22 of 44 current results met the expectation." },
      { component: "detection_rules", value: null, weight: 20, points: 0, reason: "0 of 3 rules deployed." },
    ],
    sample: {
      ...{ tests: 60, results: 44, met: 22, sighted: 10, missed: 12, expired: 1, detection_rate: 0.5 },
      ...{ interval: { low: 0.357, high: 0.643 }, procedures_tested: 4, procedures_known: 9, procedures_apart: 12 },
    },
    as_of: at,
    ...over,
  };
}

/** Three figures, with a threat profile. */
export const organizationScores: Schemas["OrganizationScores"] = {
  domain: "enterprise",
  headline: "profile",
  profile: scoreOf(),
  in_scope: scoreOf({ score: 12, n: 517 }),
  tested: scoreOf({ score: 61, n: 1, n_proven: 1, sample: { ...scoreOf().sample, results: 1, met: 1, interval: { low: 0.21, high: 1 } } }),
  out_of_scope: 1,
  as_of: at,
};

const nothing = { count: 0, mean_seconds: null, median_seconds: null, p90_seconds: null };
const unseen = { executions: 0, detected: 0, share: null, mean_seconds: null, median_seconds: null, p90_seconds: null, silent_blocks: 0 };
const rate = (numerator: number, denominator: number) => ({ value: denominator > 0 ? numerator / denominator : null, numerator, denominator });

/** A period in which something was detected and nothing proven fixed. */
export const operational: Schemas["OperationalMetrics"] = {
  ...{ as_of: at, since: "2025-10-03T00:00:00Z", until: at, filters: { domain: "enterprise", environment: null, platforms: [], tactic: null } },
  mttd: { all: { ...unseen, executions: 20, detected: 12, share: 0.6, mean_seconds: 600, median_seconds: 300, p90_seconds: 900 }, blind: { ...unseen, executions: 4, detected: 1 }, announced: unseen, clock_skew: 0 },
  time_to_acknowledge: { blind: nothing, announced: nothing, all: nothing },
  time_to_contain: { blind: nothing, announced: nothing, all: nothing },
  ...{ mttr: nothing, mttr_claimed: nothing, mttr_respond: nothing },
  open_findings: { count: 3, by_status: {}, median_age_seconds: null, p90_age_seconds: null, oldest_age_seconds: null, ages: { up_to_30: 3, up_to_90: 0, up_to_180: 0, older: 0 } },
  accepted_risks: { count: 0, oldest_age_seconds: null, next_end: null },
  ...{ detection_efficacy: rate(22, 44), prevention_rate: rate(5, 44), alert_rate: rate(17, 44), telemetry_only_rate: rate(10, 44), silent_block_rate: rate(0, 44) },
  ...{ alert_fidelity: rate(0, 0), rules_evaluated: 0 },
  coverage_velocity: { entered: 5, left: 7, net: -2, days: 90, entered_per_30_days: 1.7, left_per_30_days: 2.3, net_per_30_days: -0.7 },
  ...{ validation_rate: rate(1, 1), first_pass_yield: rate(0, 0), rejections: [], time_in_state: [], team_breakdown: { by_side: [], by_environment: [] }, manual_times: rate(0, 0) },
  trend: [
    {
      ...{ month: "2025-12", executions: 20, detected: 12, mttd_mean_seconds: 600, mttd_median_seconds: 300, mttd_p90_seconds: 900, results: 18, met: 9, prevented: 2, alerted: 7 },
      ...{ telemetry_only: 5, missed: 4, decided: 19, validated: 18, findings_opened: 3, findings_proven: 0, mttr_mean_seconds: null },
    },
  ],
};

/** One cause with an owner, and results for which nobody named one. */
export const misses: Schemas["MissesByCause"] = {
  ...{ domain: "enterprise", as_of: at, results: 8 },
  items: [
    { cause: "not_forwarded", owner: "Log platform", results: 7, missed: 5, sighted: 2, further: 1, technique_count: 22, techniques: ["T0001"], oldest_executed_at: at, newest_executed_at: at },
    { cause: null, owner: null, results: 1, missed: 1, sighted: 0, further: 0, technique_count: 1, techniques: ["T0002"], oldest_executed_at: at, newest_executed_at: at },
  ],
};

export const quickWin: Schemas["QuickWin"] = {
  ...{ attack_id: "T0003", name: "Shell history", priority: 3, results: 4, rules_active: 1, rules_deployed: 0, score: 10, score_alerted: 22.5, gain: 12.5 },
  tests: [{ id: "t9", number: "AT-1009", name: "Read the history", platform: "Linux", environment: "Plant North", expected: "detected", executed_at: at, cause: "no_rule" }],
};
