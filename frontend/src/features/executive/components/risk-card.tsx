import { Link } from "react-router";
import { Card } from "@/components/ui/card";
import type { Executive } from "@/features/executive/api";
import { OPEN } from "@/lib/findings";
import { formatCount, formatRate } from "@/lib/format";
import { plural } from "@/lib/plural";

/** The risk in words, and what may flatter the figures. */
export function RiskCard({ data }: { data: Executive }) {
  const { candour, accepted } = data;
  const place = data.environment_id ? `&environment=${data.environment_id}` : "";
  const oldest = accepted.oldest_age_days === null ? "" : `, the oldest for ${plural(Math.round(accepted.oldest_age_days), "day")}`;
  return (
    <Card title="Risk in words">
      <ul className="list-disc space-y-1 pl-4 text-sm">
        {data.risk.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <p className="mt-3 border-t pt-2 text-xs text-muted">
        <Link to={`/findings?${OPEN}${place}`} className="link">
          {plural(data.open_findings, "open finding")}
        </Link>
        ,{" "}
        <Link to={`/findings?${OPEN}&overdue=true${place}`} className="link">
          {formatCount(data.overdue_findings)} overdue
        </Link>
        .{" "}
        <Link to={`/findings?status=risk_accepted${place}`} className="link">
          {plural(accepted.count, "accepted risk")}
        </Link>
        {oldest}. Apart from every figure:{" "}
        <Link to={`/matrix?status=out_of_scope&open=all${place}`} className="link">
          {plural(candour.out_of_scope, "unit")} out of scope
        </Link>
        ,{" "}
        {plural(candour.lowered_expectations, "lowered expectation")}, {plural(candour.entered_later, "test")} entered later
        {candour.manual_times !== null && `; ${formatRate(candour.manual_times)} of times typed by hand`}.
      </p>
    </Card>
  );
}
