import { Link } from "react-router";
import type { TechniqueDetail } from "@/api/techniques";
import { CoverageBadge } from "@/components/status/coverage-badge";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { EXPECTATIONS } from "@/features/techniques/lib/words";
import { countedTestsPath, resultTestsPath } from "@/lib/counted";
import { formatCount } from "@/lib/format";

const UNDER_WAY = ["red_executing", "blue_evaluating", "in_review"].map((state): [string, string] => ["state", state]);

/** The status with what it rests on, in words and numbers. */
export function StatusCard({ technique }: { technique: TechniqueDetail }) {
  const { breakdown } = technique;
  if (!breakdown) return null;
  const where = { technique: technique.attack_id, domain: technique.domain };
  const figures: [label: string, value: number, to?: string][] = [
    ["Met", breakdown.met, resultTestsPath(["met"], where)],
    ["Something seen", breakdown.sighted, resultTestsPath(["sighted"], where)],
    ["Missed", breakdown.missed, resultTestsPath(["missed"], where)],
    ["Inconclusive", breakdown.inconclusive, countedTestsPath(where, [["state", "validated"], ["detection", "inconclusive"]])],
    ["Too old", breakdown.expired, resultTestsPath(["expired"], where)],
    ["Tests under way", breakdown.open_tests, countedTestsPath(where, UNDER_WAY)],
  ];
  return (
    <Card title="Coverage" actions={<CoverageBadge status={breakdown.status} />}>
      <ul className="space-y-1 text-sm">
        {breakdown.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      <dl className="mt-3 grid grid-cols-2 gap-x-4 gap-y-3 border-t pt-3 sm:grid-cols-3 xl:grid-cols-6">
        {figures.map(([label, value, to]) => (
          <div key={label}>
            <dt className="text-xs text-muted">{label}</dt>
            <dd className="text-lg font-semibold tabular">{to && value > 0 ? <Link to={to} className="link">{formatCount(value)}</Link> : formatCount(value)}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-3 text-xs text-muted">
        Expected: {EXPECTATIONS[breakdown.expected].toLowerCase()}. {breakdown.last_executed_at && <>Last run <RelativeTime value={breakdown.last_executed_at} />.</>}
      </p>
    </Card>
  );
}
