import { Badge } from "@/components/ui/badge";
import type { FindingStatus, Severity } from "@/features/findings/api";
import { SEVERITIES, STATUSES } from "@/features/findings/lib/words";

export function FindingStatusBadge({ status }: { status: FindingStatus }) {
  return <Badge tone={STATUSES[status].tone}>{STATUSES[status].label}</Badge>;
}

export function SeverityBadge({ severity }: { severity: Severity }) {
  return <Badge tone={SEVERITIES[severity].tone}>{SEVERITIES[severity].label}</Badge>;
}

/** The day by which it is to be done; late ones stand out. */
export function DueDay({ day, overdue }: { day: string | null; overdue: boolean }) {
  if (!day) return <span className="text-muted">–</span>;
  return (
    <span className={overdue ? "font-medium text-danger tabular" : "tabular"}>
      {day}
      {overdue && <span className="sr-only"> overdue</span>}
    </span>
  );
}
