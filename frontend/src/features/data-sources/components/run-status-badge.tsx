import { Badge } from "@/components/ui/badge";
import type { RunStatus } from "@/features/data-sources/api";
import { RUN_STATUS } from "@/features/data-sources/lib/labels";

export function RunStatusBadge({ status }: { status: RunStatus }) {
  const look = RUN_STATUS[status];
  return (
    <Badge tone={look.tone}>
      <span aria-hidden>{look.symbol}</span>
      {look.label}
    </Badge>
  );
}
