import { Skeleton } from "@/components/ui/skeleton";

const WIDTHS = ["w-3/4", "w-full", "w-5/6", "w-2/3", "w-11/12"];

/** Placeholder lines for a block of text or facts; says "Loading" to screen readers. */
export function LoadingState({ lines = 5, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="space-y-2.5 py-1">
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} className={WIDTHS[line % WIDTHS.length]} />
      ))}
    </div>
  );
}
