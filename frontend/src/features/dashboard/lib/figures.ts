import type { ActivityDay, StatusCounts } from "@/features/dashboard/api";
import type { Finding } from "@/api/findings";
import type { DomainName } from "@/api/techniques";
import type { TestSummary } from "@/api/tests";
import { COVERAGE, COVERAGE_ORDER, type CoverageStatus } from "@/lib/coverage";
import { plural } from "@/lib/plural";

export interface Share {
  status: CoverageStatus;
  count: number;
  /** Of all, 0–100. */
  percent: number;
}

/** The statuses that occur, in the order of the legend, with their share. */
export function shares(counts: StatusCounts): Share[] {
  const total = COVERAGE_ORDER.reduce((sum, status) => sum + counts[status], 0);
  return COVERAGE_ORDER.filter((status) => counts[status] > 0).map((status) => ({
    status,
    count: counts[status],
    percent: (100 * counts[status]) / total,
  }));
}

/** Units that count: neither out of scope nor without a platform of ours. */
export function inScope(counts: StatusCounts): number {
  return COVERAGE_ORDER.reduce((sum, status) => sum + (status === "out_of_scope" || status === "not_applicable" ? 0 : counts[status]), 0);
}

/** "517 not evaluated, 76 out of scope". */
export function inWords(counts: StatusCounts): string {
  return shares(counts)
    .map(({ status, count }) => `${count} ${COVERAGE[status].label.toLowerCase()}`)
    .join(", ");
}

/** The matrix with filters that show what a number counts. */
export function matrixPath(domain: DomainName, filters: Record<string, string> = {}): string {
  const query = new URLSearchParams({ ...(domain !== "enterprise" && { domain }), ...filters }).toString();
  return query ? `/matrix?${query}` : "/matrix";
}

export const redSteps = (day: Pick<ActivityDay, "started" | "red_submitted">): number => day.started + day.red_submitted;
export const blueSteps = (day: Pick<ActivityDay, "returned" | "blue_submitted">): number => day.returned + day.blue_submitted;

/** The greatest number of steps that one side took in a day, at least 1. */
export function busiest(days: readonly ActivityDay[]): number {
  return Math.max(1, ...days.map(redSteps), ...days.map(blueSteps));
}

/** "12 of 30 current results". */
export function ofWords({ numerator, denominator }: { numerator: number; denominator: number }, what: string): string {
  return denominator > 0 ? `${numerator} of ${plural(denominator, what)}` : `no ${what}`;
}

export interface RecentChange {
  at: string;
  test?: TestSummary;
  finding?: Finding;
}

/** Tests and findings together, what moved last first. */
export function newest(tests: readonly TestSummary[], findings: readonly Finding[], few: number): RecentChange[] {
  const rows: RecentChange[] = [...tests.map((test) => ({ at: test.state_since, test })), ...findings.map((finding) => ({ at: finding.status_since, finding }))];
  return rows.sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, few);
}
