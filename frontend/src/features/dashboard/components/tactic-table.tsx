import { Link } from "react-router";
import type { DomainName } from "@/api/techniques";
import type { TacticMetrics } from "@/features/dashboard/api";
import { matrixPath } from "@/features/dashboard/lib/figures";
import { COVERAGE, COVERAGE_ORDER } from "@/lib/coverage";
import { formatCount } from "@/lib/format";

const cell = "h-8 px-2 text-right";

/** The bars as numbers, each leading to the cells behind it. */
export function TacticTable({ tactics, domain }: { tactics: readonly TacticMetrics[]; domain: DomainName }) {
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Statuses per tactic">
      <table className="w-full text-sm">
        <caption className="sr-only">Statuses per tactic; a technique counts in each of its tactics</caption>
        <thead>
          <tr className="border-b">
            <th scope="col" className="label-caps h-8 pr-2 text-left">
              Tactic
            </th>
            {COVERAGE_ORDER.map((status) => (
              <th key={status} scope="col" className="label-caps px-2 text-right">
                {COVERAGE[status].label}
              </th>
            ))}
            <th scope="col" className="label-caps px-2 text-right">
              Units
            </th>
          </tr>
        </thead>
        <tbody>
          {tactics.map((tactic) => (
            <tr key={tactic.shortname} className="border-b last:border-b-0">
              <th scope="row" className="h-8 pr-2 text-left font-normal whitespace-nowrap">
                <Link to={matrixPath(domain, { tactic: tactic.shortname })} className="link">
                  {tactic.name}
                </Link>
              </th>
              {COVERAGE_ORDER.map((status) => (
                <td key={status} className={cell}>
                  {tactic.by_status[status] > 0 ? (
                    <Link to={matrixPath(domain, { tactic: tactic.shortname, status })} className="link">
                      {formatCount(tactic.by_status[status])}
                    </Link>
                  ) : (
                    <span className="text-muted">0</span>
                  )}
                </td>
              ))}
              <td className={cell}>{formatCount(tactic.units)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
