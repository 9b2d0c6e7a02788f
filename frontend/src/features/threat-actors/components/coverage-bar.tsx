import type { ActorCoverage } from "@/features/threat-actors/api";
import { cn } from "@/lib/cn";
import { formatCount } from "@/lib/format";

const PARTS = [
  { figure: "validated", label: "validated", fill: "bg-cov-validated-soft dark:bg-cov-validated" },
  { figure: "partial", label: "partial", fill: "bg-cov-partial-soft dark:bg-cov-partial" },
  { figure: "not_covered", label: "not covered", fill: "bg-cov-not-covered-soft dark:bg-cov-not-covered" },
] as const;

/** How we stand against an actor, as one bar; the rest of it is untested. */
export function CoverageBar({ coverage, className }: { coverage: ActorCoverage; className?: string }) {
  const words = [...PARTS.map(({ figure, label }) => `${formatCount(coverage[figure])} ${label}`), `${formatCount(coverage.techniques - coverage.tested)} without a result`].join(", ");
  return (
    <span role="img" aria-label={words} title={words} className={cn("flex gap-px overflow-hidden rounded-sm bg-line", className)}>
      {PARTS.filter(({ figure }) => coverage[figure] > 0).map(({ figure, fill }) => (
        <span key={figure} className={cn("h-full min-w-0.5", fill)} style={{ width: `${(100 * coverage[figure]) / Math.max(coverage.techniques, 1)}%` }} />
      ))}
    </span>
  );
}
