import type { StatusCounts } from "@/features/dashboard/api";
import { inWords, shares } from "@/features/dashboard/lib/figures";
import { COVERAGE, type CoverageStatus } from "@/lib/coverage";
import { cn } from "@/lib/cn";

/** What has been worked on stands out, in the hues that lie furthest apart in each theme; the rest is ground. */
const FILL: Record<CoverageStatus, string> = {
  validated: "bg-cov-validated-soft dark:bg-cov-validated",
  partial: "bg-cov-partial-soft dark:bg-cov-partial",
  not_covered: "bg-cov-not-covered-soft dark:bg-cov-not-covered",
  in_progress: "bg-cov-in-progress-soft dark:bg-cov-in-progress",
  not_evaluated: "bg-line",
  out_of_scope: COVERAGE.out_of_scope.soft,
  not_applicable: COVERAGE.not_applicable.soft,
};

/** The statuses side by side as one bar. Its numbers stand beside it or in the table. */
export function StatusBar({ counts, className }: { counts: StatusCounts; className?: string }) {
  return (
    <span role="img" aria-label={inWords(counts) || "Nothing to count"} title={inWords(counts)} className={cn("flex gap-px overflow-hidden rounded-sm bg-sunken", className)}>
      {shares(counts).map(({ status, percent }) => (
        <span key={status} className={cn("h-full min-w-0.5", FILL[status])} style={{ width: `${percent}%` }} />
      ))}
    </span>
  );
}
