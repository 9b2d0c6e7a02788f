import { CartesianGrid, Line, LineChart, ResponsiveContainer, XAxis, YAxis } from "recharts";
import { STILL } from "@/components/charts/still";
import type { ScorePoint } from "@/features/techniques/api";
import { formatScore } from "@/lib/format";

const TICK = { fill: "var(--muted)", fontSize: 11 };

interface HistoryChartProps {
  /** Newest first. */
  points: readonly ScorePoint[];
  now: { as_of: string; score: number | null } | null;
}

/** A line from snapshot to snapshot; a gap where there was no score. */
export function HistoryChart({ points, now }: HistoryChartProps) {
  const told = points.map((point) => ({ at: Date.parse(point.taken_at), score: point.score })).reverse();
  const drawn = now ? [...told, { at: Date.parse(now.as_of), score: now.score }] : told;
  const [first, last] = [drawn[0], drawn.at(-1)];
  const day = (at: number) => new Date(at).toISOString().slice(0, 10);
  const label = first && last ? `Score from ${formatScore(first.score)} on ${day(first.at)} to ${formatScore(last.score)} ${now ? "now" : `on ${day(last.at)}`}; the table has the numbers.` : "";
  return (
    <div role="img" aria-label={label} className="h-40">
      <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 480, height: 160 }}>
        <LineChart data={drawn} margin={{ top: 6, right: 12, bottom: 0, left: -20 }} accessibilityLayer={false}>
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis dataKey="at" type="number" scale="time" domain={["dataMin", "dataMax"]} tickFormatter={day} tick={TICK} tickLine={false} axisLine={{ stroke: "var(--line)" }} minTickGap={48} />
          <YAxis domain={[0, 100]} ticks={[0, 25, 50, 75, 100]} tick={TICK} tickLine={false} axisLine={false} />
          <Line dataKey="score" stroke="var(--accent)" strokeWidth={2} dot={{ r: 2 }} {...STILL} />
        </LineChart>
      </ResponsiveContainer>
    </div>
  );
}
