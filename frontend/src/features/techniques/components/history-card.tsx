import { lazy, Suspense, useState } from "react";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import { techniqueScoreQuery } from "@/api/scores";
import type { TechniqueDetail } from "@/api/techniques";
import { QueryView } from "@/components/states/query-view";
import { CoverageBadge } from "@/components/status/coverage-badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { scoreHistoryQuery, type ScorePoint } from "@/features/techniques/api";
import { formatScore } from "@/lib/format";
import { plural } from "@/lib/plural";

// The library of charts is fetched only where there is a line to draw.
const HistoryChart = lazy(async () => ({ default: (await import("@/features/techniques/components/history-chart")).HistoryChart }));

/** The score as the snapshots told it, up to now. */
export function HistoryCard({ technique }: { technique: TechniqueDetail }) {
  const [table, setTable] = useState(false);
  const history = useQuery(scoreHistoryQuery(technique.attack_id, technique.domain));
  const score = useQuery({ ...techniqueScoreQuery(technique.id), enabled: technique.is_active });
  const points = history.data?.items ?? [];
  const now = score.data ? { as_of: score.data.as_of, score: score.data.score } : null;
  return (
    <Card
      title="History of the score"
      description={history.data && history.data.total > 0 ? `In ${plural(history.data.total, "snapshot")}.` : undefined}
      actions={
        points.length > 0 && (
          <Button size="sm" aria-pressed={table} onClick={() => setTable(!table)}>
            {table ? "Chart" : "Table"}
          </Button>
        )
      }
    >
      <QueryView
        query={history}
        what="The history"
        isEmpty={({ items }) => items.length === 0}
        empty={<p className="text-sm text-muted">No snapshot knows it yet. One is taken every week.</p>}
      >
        {({ items }) =>
          table ? (
            <HistoryTable points={items} attackId={technique.attack_id} />
          ) : (
            <Suspense fallback={<Skeleton className="h-40 w-full" />}>
              <HistoryChart points={items} now={now} />
            </Suspense>
          )
        }
      </QueryView>
    </Card>
  );
}

function HistoryTable({ points, attackId }: { points: readonly ScorePoint[]; attackId: string }) {
  const mayCompare = useCan("snapshot:manage");
  return (
    <div className="max-h-60 overflow-auto" tabIndex={0} role="region" aria-label="Score by snapshot">
      <table className="w-full text-sm">
        <caption className="sr-only">Score by snapshot, the newest first</caption>
        <thead>
          <tr className="border-b">
            {["Snapshot", "Status", "Score", "Results", "Met", "ATT&CK"].map((heading, place) => (
              <th key={heading} scope="col" className={place < 2 ? "label-caps h-7 pr-2 text-left" : "label-caps pl-2 text-right"}>
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.map((point) => (
            <tr key={point.snapshot_id} className="h-8 border-b text-right last:border-b-0">
              <th scope="row" className="pr-2 text-left font-normal whitespace-nowrap tabular">
                {mayCompare ? (
                  <Link to={`/comparison?base=${point.snapshot_id}`} className="link" title="Compare with now">
                    {point.taken_at.slice(0, 10)}
                  </Link>
                ) : (
                  point.taken_at.slice(0, 10)
                )}
                {point.attack_id !== attackId && <span className="text-xs text-muted"> as {point.attack_id}</span>}
              </th>
              <td className="pr-2 text-left">
                <CoverageBadge status={point.status} />
              </td>
              <td className="pl-2 whitespace-nowrap tabular">
                {formatScore(point.score)}
                {point.score !== null && !point.proven && <span className="text-xs text-muted"> claimed</span>}
              </td>
              <td className="pl-2 tabular">{point.results}</td>
              <td className="pl-2 tabular">{point.met}</td>
              <td className="pl-2 text-muted tabular">{point.attack_version ?? "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
