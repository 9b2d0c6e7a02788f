import type { components } from "@/api/schema";
import { points } from "@/features/d3fend/lib/words";
import { formatScore } from "@/lib/format";

interface MostGainedProps {
  gains: components["schemas"]["CountermeasureGains"] | undefined;
  onOpen: (id: string) => void;
}

const SHOWN = 5;

/** The few countermeasures that would raise the score most, each taken alone. */
export function MostGained({ gains, onOpen }: MostGainedProps) {
  const best = gains?.items.filter((item) => (item.gain ?? 0) > 0).slice(0, SHOWN) ?? [];
  if (best.length === 0) return null;
  return (
    <section aria-label="What would add most" className="border-b px-4 py-2 text-sm">
      <h2 className="mb-1 font-semibold">
        What would add most <span className="font-normal text-muted">to the score of everything in scope, {formatScore(gains?.score)} now; each taken alone</span>
      </h2>
      <ul className="flex flex-wrap gap-x-6 gap-y-1">
        {best.map((item) => (
          <li key={item.d3fend_id} className="flex items-baseline gap-2">
            <span className="tabular font-medium">{points(item.gain ?? 0)}</span>
            <button type="button" onClick={() => onOpen(item.d3fend_id)} className="link rounded-sm text-left">
              {item.name}
            </button>
            {item.status === "planned" && <span className="text-xs text-muted">planned</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
