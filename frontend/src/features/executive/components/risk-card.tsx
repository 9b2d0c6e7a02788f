import { Link } from "react-router";
import { Card } from "@/components/ui/card";
import type { Executive } from "@/features/executive/api";
import { formatCount, formatRate } from "@/lib/format";

/** The risk in words, and what may flatter the figures. */
export function RiskCard({ data }: { data: Executive }) {
  const { candour, accepted } = data;
  const oldest = accepted.oldest_age_days === null ? "" : `, the oldest for ${Math.round(accepted.oldest_age_days)} days`;
  return (
    <Card title="Risk in words">
      <ul className="list-disc space-y-1 pl-4 text-sm">
        {data.risk.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <p className="mt-3 border-t pt-2 text-xs text-muted">
        <Link to="/findings?open=true" className="link">
          {formatCount(data.open_findings)} open findings
        </Link>
        , {formatCount(data.overdue_findings)} overdue. {formatCount(accepted.count)} accepted risks{oldest}. Apart from every figure: {formatCount(candour.out_of_scope)} units out of scope,{" "}
        {formatCount(candour.lowered_expectations)} lowered expectations, {formatCount(candour.entered_later)} tests entered later; {formatRate(candour.manual_times)} of times typed by hand.
      </p>
    </Card>
  );
}
