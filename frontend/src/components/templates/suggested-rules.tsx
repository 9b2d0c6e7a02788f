import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { rulesQuery } from "@/api/rules";
import { QueryView } from "@/components/states/query-view";
import { formatCount, humanise } from "@/lib/format";
import { sourceLabel } from "@/lib/sources";

const FEW = 8;

/** Rules that look for the same techniques: what should fire when this is run. */
export function SuggestedRules({ techniques }: { techniques: readonly string[] }) {
  const rules = useQuery({ ...rulesQuery({ technique: [...techniques], active: "true", limit: FEW }), enabled: techniques.length > 0 });
  if (techniques.length === 0) return <p className="text-sm text-muted">No technique, so no rule is known to look for it.</p>;
  const all = `/detection-rules?${techniques.map((id) => `technique=${encodeURIComponent(id)}`).join("&")}`;
  return (
    <QueryView query={rules} what="The rules">
      {(page) =>
        page.items.length === 0 ? (
          <p className="text-sm text-muted">No active rule looks for {techniques.join(", ")}.</p>
        ) : (
          <div className="space-y-2 text-sm">
            <ul className="space-y-1">
              {page.items.map((rule) => (
                <li key={rule.id} className="flex flex-wrap items-baseline gap-x-2">
                  <Link to={`/detection-rules/${rule.id}`} className="link min-w-0 break-words">
                    {rule.name}
                  </Link>
                  <span className="text-xs text-muted">{[sourceLabel(rule.source), rule.level && humanise(rule.level)].filter(Boolean).join(" · ")}</span>
                </li>
              ))}
            </ul>
            {page.total > page.items.length && (
              <Link to={all} className="link text-xs">
                All {formatCount(page.total)} rules
              </Link>
            )}
          </div>
        )
      }
    </QueryView>
  );
}
