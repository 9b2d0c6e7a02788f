import type { StatusCounts } from "@/features/dashboard/api";
import { inWords, shares } from "@/features/dashboard/lib/figures";
import { COVERAGE, type CoverageStatus } from "@/lib/coverage";
import { cn } from "@/lib/cn";

/** What has been worked on stands out; the rest is ground. */
const FILL: Record<CoverageStatus, string> = {
  validated: COVERAGE.validated.solid,
  partial: COVERAGE.partial.solid,
  not_covered: COVERAGE.not_covered.solid,
  in_progress: COVERAGE.in_progress.solid,
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
