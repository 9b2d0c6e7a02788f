import { Badge } from "@/components/ui/badge";
import type { JobRun } from "@/features/jobs/api";
import { JOB_STATUS } from "@/features/jobs/words";

export function JobStatusBadge({ status }: { status: JobRun["status"] }) {
  const look = JOB_STATUS[status];
  return (
    <Badge tone={look.tone}>
      <span aria-hidden>{look.symbol}</span>
      {look.label}
    </Badge>
  );
}
