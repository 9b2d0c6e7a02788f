import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import type { TechniqueDetail } from "@/api/techniques";
import { testsQuery } from "@/api/tests";
import { CoverageBadge } from "@/components/status/coverage-badge";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { EXPECTATIONS } from "@/features/techniques/lib/words";
import { ANY_DOUBT, countedTestsPath, doubtedTestsPath, resultTestsPath } from "@/lib/counted";
import { formatCount } from "@/lib/format";
import { plural } from "@/lib/plural";

const UNDER_WAY = ["red_executing", "blue_evaluating", "in_review"].map((state): [string, string] => ["state", state]);

/** The status with what it rests on, in words and numbers. */
export function StatusCard({ technique }: { technique: TechniqueDetail }) {
  const { breakdown, attack_id: attackId, domain } = technique;
  const proven = breakdown !== null && breakdown.met + breakdown.sighted + breakdown.missed > 0;
  const doubts = useQuery({ ...testsQuery({ technique: [attackId], include_subtechniques: true, domain, in_doubt: ANY_DOUBT, limit: 1 }), enabled: proven });
  if (!breakdown) return null;
  const where = { technique: attackId, domain };
  const doubted = doubts.data?.total ?? 0;
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
      {doubted > 0 && (
        <p className="mt-3 text-sm">
          <Link to={doubtedTestsPath(where)} className="link">
            {plural(doubted, "current result")} in doubt
          </Link>
          : the template, the technique, a tool or a rule changed since.
        </p>
      )}
      <p className="mt-3 text-xs text-muted">
        Expected: {EXPECTATIONS[breakdown.expected].toLowerCase()}. {breakdown.last_executed_at && <>Last run <RelativeTime value={breakdown.last_executed_at} />.</>}
      </p>
    </Card>
  );
}
