import { COVERAGE, type CoverageStatus } from "@/lib/coverage";
import { cn } from "@/lib/cn";

/** A coverage status with its symbol, word and colour. */
export function CoverageBadge({ status, className }: { status: CoverageStatus; className?: string }) {
  const look = COVERAGE[status];
  return (
    <span
      title={look.meaning}
      className={cn("inline-flex h-5 items-center gap-1.5 rounded-sm px-1.5 text-xs whitespace-nowrap", look.soft, look.text, className)}
    >
      <span aria-hidden>{look.symbol}</span>
      {look.label}
    </span>
  );
}
