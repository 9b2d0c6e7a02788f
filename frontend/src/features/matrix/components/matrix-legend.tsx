import type { Heatmap } from "@/features/matrix/api";
import type { Painting } from "@/features/matrix/components/matrix-grid";
import { LAYER_MEANING, layerLabel, type Layer } from "@/features/matrix/lib/layers";
import { COVERAGE, COVERAGE_ORDER, scoreClasses, type CoverageStatus } from "@/lib/coverage";
import { formatCount } from "@/lib/format";
import { cn } from "@/lib/cn";

interface LegendProps {
  counts: Heatmap["counts"];
  painting: Painting;
  chosen: readonly CoverageStatus[];
  onChange: (statuses: CoverageStatus[]) => void;
}

/** The statuses with how many units have each; pressing one shows only those. */
export function MatrixLegend({ counts, painting, chosen, onChange }: LegendProps) {
  const { layer, compare, top, compareTop } = painting;
  return (
    <div className="mb-2 flex flex-wrap items-center gap-x-4 gap-y-1.5">
      <div role="group" aria-label="Status" className="flex flex-wrap gap-1">
        {COVERAGE_ORDER.map((status) => {
          const look = COVERAGE[status];
          const pressed = chosen.includes(status);
          return (
            <button
              key={status}
              type="button"
              aria-pressed={pressed}
              title={look.meaning}
              onClick={() => onChange(pressed ? chosen.filter((item) => item !== status) : [...chosen, status])}
              className={cn(
                "inline-flex h-6 items-center gap-1.5 rounded-sm border px-1.5 text-xs whitespace-nowrap",
                look.soft,
                pressed ? "border-fg" : "border-line/60 hover:border-line-strong",
                chosen.length > 0 && !pressed && "text-muted",
              )}
            >
              <span aria-hidden className={look.text}>
                {look.symbol}
              </span>
              {look.label}{" "}
              <span className="font-medium tabular">{formatCount(counts[status])}</span>
            </button>
          );
        })}
      </div>
      {(layer !== "coverage" || compare) && <Scale layer={layer} top={top} side={compare && "Left"} />}
      {compare && <Scale layer={compare} top={compareTop} side="Right" />}
      <p className="text-2xs text-muted">
        <span aria-hidden>◇</span> test under way <span aria-hidden className="ml-2">⚑</span> review needed
      </p>
    </div>
  );
}

const STEPS = [0, 1, 2, 3, 4, 5, 6];

function Scale({ layer, top, side }: { layer: Layer; top: number; side: string | null }) {
  return (
    <p title={LAYER_MEANING[layer]} className="flex items-center gap-1.5 text-xs text-muted">
      {side && `${side}: `}
      {layerLabel(layer)}
      {layer === "coverage" ? (
        " in the colours of the statuses"
      ) : (
        <>
          {" "}
          <span className="tabular">0</span>
          <span aria-hidden className="inline-flex overflow-hidden rounded-sm border border-line/60">
            {STEPS.map((step) => (
              <span key={step} className={cn("h-3.5 w-4", scoreClasses((step + 0.5) / STEPS.length))} />
            ))}
          </span>
          <span className="tabular">{formatCount(top)}</span>
        </>
      )}
    </p>
  );
}
