import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { QueryView } from "@/components/states/query-view";
import { gainQuery, type GainDetail } from "@/features/d3fend/api";
import { points } from "@/features/d3fend/lib/words";
import { formatScore } from "@/lib/format";

/** What implementing a countermeasure that we lack would change, by the formulas that the scores follow from. */
export function GainCard({ id }: { id: string }) {
  const gain = useQuery(gainQuery(id));
  return (
    <section aria-label="What it would add" className="space-y-2 border-t pt-4">
      <h3 className="font-semibold">What it would add</h3>
      <QueryView query={gain} what="The gain">
        {(data) => <Gained gain={data} />}
      </QueryView>
    </section>
  );
}

function Gained({ gain }: { gain: GainDetail }) {
  if (gain.moves.length === 0) return <p className="text-muted">Nothing: none of our techniques in scope is countered by it, or D3FEND carries no weight in the score.</p>;
  const figures: [string, GainDetail["in_scope"] | null][] = [
    ["Threat profile", gain.profile],
    ["Everything in scope", gain.in_scope],
  ];
  return (
    <>
      <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1">
        {figures.map(([label, figure]) => figure && <Moved key={label} label={label} figure={figure} />)}
      </dl>
      <p className="text-xs text-muted">
        {gain.techniques > gain.moves.length ? `The ${String(gain.moves.length)} of ${String(gain.techniques)} techniques that would win most:` : "By technique:"}
      </p>
      <ul className="max-h-60 overflow-y-auto">
        {gain.moves.map((move) => (
          <li key={move.attack_id} className="flex justify-between gap-4 border-b py-1 last:border-b-0">
            <Link to={`/techniques/${move.attack_id}`} className="link min-w-0">
              <span className="font-mono text-xs">{move.attack_id}</span> {move.name}
            </Link>
            <span className="tabular whitespace-nowrap text-muted">
              {formatScore(move.before)} → {formatScore(move.after)}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Moved({ label, figure: { before, after } }: { label: string; figure: GainDetail["in_scope"] }) {
  return (
    <>
      <dt className="text-muted">{label}</dt>
      <dd className="tabular">
        {formatScore(before)} → {formatScore(after)}
        {before !== null && after !== null && <span className="ml-2 font-medium">{points(after - before)}</span>}
      </dd>
    </>
  );
}
