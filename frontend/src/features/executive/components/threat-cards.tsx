import { Link } from "react-router";
import { CoverageBadge } from "@/components/status/coverage-badge";
import { Card } from "@/components/ui/card";
import type { Executive } from "@/features/executive/api";
import { formatCount, formatScore } from "@/lib/format";

const FEW = 5;

/** The actors of the threat profile and how we stand against each. */
export function ActorsCard({ actors, profiled }: Pick<Executive, "actors"> & { profiled: boolean }) {
  return (
    <Card title="Actors that matter to us">
      {actors.length === 0 ? (
        <p className="text-sm text-muted">
          {profiled ? "The threat profile names techniques and no actor: " : "Nobody has said yet who matters to us: "}
          <Link to="/threat-profile" className="link">
            {profiled ? "name the actors" : "set up the threat profile"}
          </Link>
          .
        </p>
      ) : (
        <table className="w-full text-sm">
          <caption className="sr-only">Actors of the threat profile, the highest priority first</caption>
          <thead>
            <tr className="h-6 border-b text-right text-xs text-muted">
              <th scope="col" className="text-left font-medium">
                Actor
              </th>
              <th scope="col" className="font-medium">
                Score
              </th>
              <th scope="col" className="font-medium">
                Validated / tested / uses
              </th>
            </tr>
          </thead>
          <tbody>
            {actors.slice(0, FEW).map((actor) => (
              <tr key={actor.id} className="h-7 border-b text-right last:border-b-0">
                <th scope="row" className="text-left font-normal">
                  <Link to={`/threat-actors/${actor.attack_id}`} className="link">
                    {actor.name}
                  </Link>{" "}
                  <span className="text-xs text-muted">priority {actor.priority}</span>
                </th>
                <td className="tabular">{formatScore(actor.score)}</td>
                <td className="tabular">
                  {actor.validated} / {actor.tested} / {actor.techniques}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

/** The techniques where the defence is not proven to hold, those that matter most first. */
export function GapsCard({ gaps, profiled }: Pick<Executive, "gaps"> & { profiled: boolean }) {
  return (
    <Card title="Gaps that matter">
      {gaps.length === 0 ? (
        <p className="text-sm text-muted">{profiled ? "No technique of the threat profile stands open." : "Which gaps matter follows from a threat profile, and none is set."}</p>
      ) : (
        <ul className="space-y-1 text-sm">
          {gaps.slice(0, FEW + 1).map((gap) => (
            <li key={gap.attack_id} className="flex flex-wrap items-center gap-x-2">
              <CoverageBadge status={gap.status} />
              <Link to={`/techniques/${gap.attack_id}`} className="link min-w-0">
                <span className="font-mono text-xs">{gap.attack_id}</span> {gap.name}
              </Link>
              {gap.actors.length > 0 && <span className="text-xs text-muted">{gap.actors.slice(0, 3).join(", ")}</span>}
            </li>
          ))}
        </ul>
      )}
      {gaps.length > FEW + 1 && <p className="mt-1 text-xs text-muted">and {formatCount(gaps.length - FEW - 1)} more</p>}
    </Card>
  );
}
