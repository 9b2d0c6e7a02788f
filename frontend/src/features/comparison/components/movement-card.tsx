import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import type { FigureMovement } from "@/features/comparison/api";
import { WaterfallChart } from "@/features/comparison/components/waterfall-chart";
import { CAUSES } from "@/features/comparison/lib/words";
import { formatChange, formatCount, formatScore } from "@/lib/format";
import { cn } from "@/lib/cn";
import { plural } from "@/lib/plural";

interface MovementCardProps {
  title: string;
  movement: FigureMovement;
}

/** One of the three figures at both moments, and why it moved. */
export function MovementCard({ title, movement }: MovementCardProps) {
  const [table, setTable] = useState(false);
  const { base, head, shown, attribution } = movement;
  return (
    <Card
      title={title}
      actions={
        attribution.length > 0 && (
          <Button size="sm" aria-pressed={table} onClick={() => setTable(!table)}>
            {table ? "Bars" : "Table"}
          </Button>
        )
      }
    >
      <p className="flex flex-wrap items-baseline gap-x-3 text-sm text-muted">
        <span className="tabular">{formatScore(base?.score)}</span>
        <span aria-hidden>→</span>
        <span className="text-2xl font-semibold text-fg tabular">{formatScore(head?.score)}</span>
        <span className={cn("text-base font-medium tabular", (shown ?? 0) > 0 && "text-ok", (shown ?? 0) < 0 && "text-danger")}>{formatChange(shown)}</span>
      </p>
      {head && (
        <p className="mt-0.5 text-xs text-muted">
          {plural(head.n, "technique")}, {formatCount(head.proven)} of them proven by {plural(head.results, "current result")}
        </p>
      )}
      {attribution.length === 0 ? (
        <p className="mt-3 text-sm text-muted">{shown === null ? "There is no score at one of the two moments." : "Nothing moved it."}</p>
      ) : table ? (
        <AttributionTable title={title} movement={movement} />
      ) : (
        <div className="mt-3">
          <WaterfallChart label={title} movement={movement} />
        </div>
      )}
    </Card>
  );
}

function AttributionTable({ title, movement }: MovementCardProps) {
  return (
    <table className="mt-3 w-full text-sm">
      <caption className="sr-only">{title}: what moved it</caption>
      <thead>
        <tr className="h-7 border-b text-left text-xs text-muted">
          <th scope="col" className="font-medium">
            Cause
          </th>
          <th scope="col" className="text-right font-medium">
            Points
          </th>
        </tr>
      </thead>
      <tbody>
        {movement.attribution.map(({ cause, points, shown }) => (
          <tr key={cause} className="h-7 border-b">
            <th scope="row" className="text-left font-normal">
              {CAUSES[cause]}
            </th>
            <td className="text-right tabular" title={String(points)}>
              {formatChange(shown)}
            </td>
          </tr>
        ))}
        <tr className="h-7 font-medium">
          <th scope="row" className="text-left font-medium">
            Together
          </th>
          <td className="text-right tabular">{formatChange(movement.shown)}</td>
        </tr>
      </tbody>
    </table>
  );
}
