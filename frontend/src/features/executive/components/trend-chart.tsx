import { useState } from "react";
import { CartesianGrid, Line, LineChart, ResponsiveContainer, XAxis, YAxis } from "recharts";
import { STILL } from "@/components/charts/still";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import type { TrendPoint } from "@/features/executive/api";
import { formatCount, formatScore } from "@/lib/format";

const TICK = { fill: "var(--muted)", fontSize: 11 };
const LINES = [
  { key: "profile", label: "Threat profile", stroke: "var(--accent)", dash: undefined, width: 2.5 },
  { key: "in_scope", label: "In scope", stroke: "var(--fg)", dash: undefined, width: 1.5 },
  { key: "tested", label: "Tested", stroke: "var(--muted)", dash: "4 3", width: 1.5 },
] as const;

/** The three figures over time, from snapshots; the last point is now. */
export function TrendCard({ trend, environment }: { trend: readonly TrendPoint[]; environment: string | null }) {
  const [table, setTable] = useState(false);
  const drawn = LINES.filter(({ key }) => trend.some((point) => point[key] !== null));
  return (
    <Card
      title="Trend"
      description={environment && trend.length > 1 ? "Judged anew by today’s formulas from what the snapshots keep." : undefined}
      actions={
        trend.length > 1 && (
          <Button size="sm" aria-pressed={table} className="print:hidden" onClick={() => setTable(!table)}>
            {table ? "Chart" : "Table"}
          </Button>
        )
      }
    >
      {trend.length < 2 ? (
        <p className="text-sm text-muted">{environment ? `No snapshot knows ${environment} yet.` : "The first snapshots make a line."} One is taken every week.</p>
      ) : table ? (
        <TrendTable trend={trend} />
      ) : (
        <>
          <ul className="mb-1 flex flex-wrap gap-x-4 text-xs text-muted">
            {drawn.map(({ key, label, stroke, dash, width }) => (
              <li key={key} className="flex items-center gap-1.5">
                <svg aria-hidden width="18" height="6">
                  <line x1="0" y1="3" x2="18" y2="3" stroke={stroke} strokeWidth={width} strokeDasharray={dash} />
                </svg>
                {label} {formatScore(trend.at(-1)?.[key])}
              </li>
            ))}
          </ul>
          <div role="img" aria-label={`Scores from ${trend[0]?.as_of.slice(0, 10) ?? ""} to now; the table has the numbers.`} className="h-40">
            <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 480, height: 160 }}>
              <LineChart data={trend.map((point) => ({ ...point, day: point.as_of.slice(0, 10) }))} margin={{ top: 6, right: 8, bottom: 0, left: -20 }} accessibilityLayer={false}>
                <CartesianGrid stroke="var(--line)" vertical={false} />
                <XAxis dataKey="day" tick={TICK} tickLine={false} axisLine={{ stroke: "var(--line)" }} minTickGap={40} />
                <YAxis domain={[0, 100]} ticks={[0, 25, 50, 75, 100]} tick={TICK} tickLine={false} axisLine={false} />
                {drawn.map(({ key, stroke, dash, width }) => (
                  <Line key={key} dataKey={key} stroke={stroke} strokeDasharray={dash} strokeWidth={width} dot={{ r: 2 }} connectNulls {...STILL} />
                ))}
              </LineChart>
            </ResponsiveContainer>
          </div>
        </>
      )}
    </Card>
  );
}

function TrendTable({ trend }: { trend: readonly TrendPoint[] }) {
  return (
    <table className="w-full text-sm">
      <caption className="sr-only">Scores by snapshot</caption>
      <thead>
        <tr className="h-7 border-b text-right text-xs text-muted">
          <th scope="col" className="text-left font-medium">
            Day
          </th>
          {LINES.map(({ key, label }) => (
            <th key={key} scope="col" className="font-medium">
              {label}
            </th>
          ))}
          <th scope="col" className="font-medium">
            Results
          </th>
        </tr>
      </thead>
      <tbody>
        {trend.map((point) => (
          <tr key={point.as_of} className="h-7 border-b text-right last:border-b-0">
            <th scope="row" className="text-left font-normal tabular">
              {point.snapshot_id ? point.as_of.slice(0, 10) : "now"}
            </th>
            {LINES.map(({ key }) => (
              <td key={key} className="tabular">
                {formatScore(point[key])}
              </td>
            ))}
            <td className="tabular">{formatCount(point.results)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
