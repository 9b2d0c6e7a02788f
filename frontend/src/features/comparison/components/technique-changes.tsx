import { useState } from "react";
import { Link } from "react-router";
import { CoverageBadge } from "@/components/status/coverage-badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { CountFilter } from "@/components/ui/count-filter";
import type { Change, Comparison, TechniqueMovement } from "@/features/comparison/api";
import { CAUSES, CHANGES } from "@/features/comparison/lib/words";
import { formatChange, formatCount, formatScore } from "@/lib/format";

const STEP = 50;

interface TechniqueChangesProps {
  comparison: Comparison;
  chosen: readonly string[];
  onChoose: (chosen: string[]) => void;
}

/** The techniques that changed, with what moved each of them most. */
export function TechniqueChanges({ comparison, chosen, onChoose }: TechniqueChangesProps) {
  const [shown, setShown] = useState(STEP);
  const rows = comparison.techniques.filter((row) => row.change !== "unchanged" && (chosen.length === 0 || chosen.includes(row.change)));
  return (
    <Card title="Techniques" description={`${formatCount(comparison.changes.unchanged)} did not change.`} flush>
      <div className="border-b px-4 py-2">
        <CountFilter label="How techniques changed" choices={CHANGES.map((choice) => ({ ...choice, count: comparison.changes[choice.value] }))} chosen={chosen} onChange={onChoose} />
      </div>
      {rows.length === 0 ? (
        <p className="px-4 py-3 text-sm text-muted">None changed in that way.</p>
      ) : (
        <div className="overflow-x-auto" role="region" aria-label="Techniques" tabIndex={0}>
          <table className="w-full text-sm">
            <caption className="sr-only">Techniques that changed</caption>
            <thead>
              <tr className="h-8 border-b text-left text-xs text-muted">
                {["Technique", "Change", "Before", "After", "Score", "Mostly by"].map((heading) => (
                  <th key={heading} scope="col" className="px-4 font-medium">
                    {heading}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, shown).map((row) => (
                <ChangeRow key={row.id} row={row} />
              ))}
            </tbody>
          </table>
          {rows.length > shown && (
            <div className="p-3">
              <Button onClick={() => setShown(shown + 4 * STEP)}>{formatCount(rows.length - shown)} more</Button>
            </div>
          )}
        </div>
      )}
    </Card>
  );
}

const look = (change: Change) => CHANGES.find(({ value }) => value === change);

function ChangeRow({ row }: { row: TechniqueMovement }) {
  const word = look(row.change);
  const before = [...row.was, ...row.was_named];
  const most = row.attribution.reduce<TechniqueMovement["attribution"][number] | null>((best, share) => (best && Math.abs(best.points) >= Math.abs(share.points) ? best : share), null);
  return (
    <tr className="h-8 border-b last:border-b-0">
      <th scope="row" className="px-4 text-left font-normal">
        <Link to={`/techniques/${row.attack_id}`} className="link">
          <span className="font-mono text-xs">{row.attack_id}</span> {row.name}
        </Link>
        {before.length > 0 && <span className="text-xs text-muted"> was {before.join(", ")}</span>}
      </th>
      <td className="px-4 whitespace-nowrap">
        <span aria-hidden className={word?.tone}>
          {word?.symbol}
        </span>{" "}
        {word?.label}
      </td>
      <td className="px-4">{row.base ? <CoverageBadge status={row.base.status} /> : "–"}</td>
      <td className="px-4">{row.head ? <CoverageBadge status={row.head.status} /> : "–"}</td>
      <td className="px-4 whitespace-nowrap tabular">
        <ScoreMove row={row} />
      </td>
      <td className="px-4 whitespace-nowrap text-muted">{most && `${CAUSES[most.cause]} ${formatChange(most.shown)}`}</td>
    </tr>
  );
}

/** The score before and after; of a technique that only one of the moments has a score of, that one. */
function ScoreMove({ row: { base, head, shown } }: { row: TechniqueMovement }) {
  if (shown === null) return formatScore(head?.score ?? base?.score);
  return (
    <>
      {formatScore(base?.score)} → {formatScore(head?.score)} <span className="text-muted">({formatChange(shown)})</span>
    </>
  );
}
