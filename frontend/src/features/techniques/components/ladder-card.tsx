import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import type { TechniqueDetail } from "@/api/techniques";
import { QueryView } from "@/components/states/query-view";
import { Card } from "@/components/ui/card";
import { ladderQuery } from "@/features/techniques/api";
import { rungsOf } from "@/features/techniques/lib/ladder";
import { cn } from "@/lib/cn";
import { plural } from "@/lib/plural";

/** How far the evidence reaches, rung by rung, each leading to what stands on it. */
export function LadderCard({ technique }: { technique: TechniqueDetail }) {
  const ladder = useQuery(ladderQuery(technique.attack_id, technique.domain));
  const cell = ladder.data?.cell;
  const units = cell?.units ?? 0;
  return (
    <Card
      title="Evidence ladder"
      description={units > 1 ? `How many of ${plural(units, "unit")} have reached each rung.` : undefined}
      actions={
        <Link to={`/matrix?domain=${technique.domain}&layer=ladder&q=${technique.attack_id}`} className="link text-sm">
          In the matrix
        </Link>
      }
    >
      <QueryView query={ladder} what="The evidence ladder">
        {({ cell: found }) =>
          !found || found.units === 0 ? (
            <p className="text-sm text-muted">It counts in no figure, so no evidence is asked for.</p>
          ) : (
            <ol className="space-y-1 text-sm">
              {rungsOf(found, technique.attack_id).map(({ name, label, reached, to }) => (
                <li key={name} className="flex items-center gap-3">
                  <span
                    aria-hidden
                    className={cn(
                      "inline-flex size-5 shrink-0 items-center justify-center rounded-sm text-xs",
                      reached === 0 ? "bg-sunken text-muted" : reached === found.units ? "bg-cov-validated-soft text-cov-validated" : "bg-cov-partial-soft text-cov-partial",
                    )}
                  >
                    {reached === 0 ? "○" : reached === found.units ? "●" : "◐"}
                  </span>
                  <Link to={to} className={cn("link min-w-0 flex-1", reached === 0 && "text-muted")}>
                    {label}
                  </Link>
                  <span className="whitespace-nowrap text-muted tabular">{found.units > 1 ? `${reached} of ${found.units}` : reached > 0 ? "yes" : "no"}</span>
                </li>
              ))}
            </ol>
          )
        }
      </QueryView>
    </Card>
  );
}
