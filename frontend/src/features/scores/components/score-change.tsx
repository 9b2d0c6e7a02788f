import { formatChange } from "@/lib/format";
import { cn } from "@/lib/cn";

/** How far a score moves, with its sign; a dash when one of the two is missing. */
export function ScoreChange({ before, after, className }: { before: number | null; after: number | null; className?: string }) {
  const text = formatChange(before === null || after === null ? null : after - before);
  const tone = text.startsWith("+") ? "text-ok" : text.startsWith("−") ? "text-danger" : "text-muted";
  return <span className={cn("tabular", tone, className)}>{text}</span>;
}
