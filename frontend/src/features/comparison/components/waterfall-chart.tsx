import { Bar, BarChart, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from "recharts";
import { STILL } from "@/components/charts/still";
import { waterfall, type Step } from "@/features/comparison/lib/words";
import type { FigureMovement } from "@/features/comparison/api";
import { formatChange, formatScore } from "@/lib/format";

const ROW = 26;
const TICK = { fill: "var(--muted)", fontSize: 12 };

const colour = (step: Step) => (step.points < 0 ? "var(--danger)" : "var(--ok)");

/** How each cause moved the score, from the older figure to the newer. The table beside it has the same numbers. */
export function WaterfallChart({ label, movement }: { label: string; movement: FigureMovement }) {
  const from = movement.base?.score ?? 0;
  const to = movement.head?.score ?? 0;
  const steps = waterfall(from, movement.attribution);
  const reached = [from, to, ...steps.flatMap((step) => step.span)];
  const [low, high] = [Math.min(...reached), Math.max(...reached)];
  const margin = Math.max((high - low) * 0.1, 0.5);
  const domain: [number, number] = [Math.max(0, low - margin), Math.min(100, high + margin)];
  const words = steps.map((step) => `${step.label} ${formatChange(step.shown)}`).join(", ");
  return (
    <div role="img" aria-label={`${label}: from ${formatScore(from)} to ${formatScore(to)}. ${words}.`} style={{ height: steps.length * ROW + 34 }}>
      <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 480, height: steps.length * ROW + 34 }}>
        <BarChart layout="vertical" data={steps.map((step) => ({ ...step, fill: colour(step) }))} margin={{ top: 4, right: 12, bottom: 0, left: 4 }} accessibilityLayer={false}>
          <XAxis type="number" domain={domain} tick={TICK} tickLine={false} axisLine={{ stroke: "var(--line)" }} tickFormatter={(value: number) => formatScore(value)} />
          <YAxis type="category" dataKey="label" width={150} tick={TICK} tickLine={false} axisLine={false} interval={0} />
          <ReferenceLine x={from} stroke="var(--line-strong)" strokeDasharray="2 3" />
          <Bar dataKey="span" barSize={14} {...STILL} />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
