import { Link } from "react-router";
import { Card } from "@/components/ui/card";
import type { TacticMovement } from "@/features/comparison/api";
import { formatChange, formatScore } from "@/lib/format";
import { cn } from "@/lib/cn";

const HEADINGS = ["Before", "After", "Change", "Improved", "Worsened", "New", "Gone"];

/** Every tactic at both moments. */
export function TacticTable({ tactics }: { tactics: readonly TacticMovement[] }) {
  return (
    <Card title="By tactic" flush>
      <div className="overflow-x-auto" role="region" aria-label="By tactic" tabIndex={0}>
        <table className="w-full text-sm">
          <caption className="sr-only">Score of every tactic before and after, and how its techniques changed</caption>
          <thead>
            <tr className="h-8 border-b text-right text-xs text-muted">
              <th scope="col" className="px-4 text-left font-medium">
                Tactic
              </th>
              {HEADINGS.map((heading) => (
                <th key={heading} scope="col" className="px-3 font-medium">
                  {heading}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {tactics.map((tactic) => (
              <tr key={tactic.shortname} className="h-8 border-b text-right last:border-b-0">
                <th scope="row" className="px-4 text-left font-normal">
                  <Link to={`/matrix?tactic=${tactic.shortname}`} className="link">
                    {tactic.name}
                  </Link>
                </th>
                <td className="px-3 tabular">{formatScore(tactic.base?.score)}</td>
                <td className="px-3 tabular">{formatScore(tactic.head?.score)}</td>
                <td className={cn("px-3 tabular", (tactic.shown ?? 0) > 0 && "text-ok", (tactic.shown ?? 0) < 0 && "text-danger")}>{formatChange(tactic.shown)}</td>
                {(["improved", "worsened", "new", "gone"] as const).map((change) => (
                  <td key={change} className={cn("px-3 tabular", tactic.changes[change] === 0 && "text-faint")}>
                    {tactic.changes[change]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
