import { Badge } from "@/components/ui/badge";
import type { CountermeasureStatus } from "@/features/d3fend/api";
import { STATUSES } from "@/features/d3fend/lib/words";

/** Whether we have a countermeasure. */
export function CountermeasureBadge({ status }: { status: CountermeasureStatus }) {
  const look = STATUSES[status];
  return (
    <Badge tone={look.tone}>
      <span aria-hidden>{look.symbol}</span>
      {look.label}
    </Badge>
  );
}
