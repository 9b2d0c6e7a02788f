import { Link } from "react-router";
import { Badge } from "@/components/ui/badge";
import type { RuleResult } from "@/features/security-tests/api";
import { RULE_RESULTS } from "@/features/security-tests/lib/words";

/** Which detection rules fired in a round; nothing while none was looked at. */
export function RuleResults({ results }: { results: readonly RuleResult[] }) {
  if (results.length === 0) return null;
  return (
    <div>
      <h3 className="label-caps mb-1">Detection rules</h3>
      <ul className="divide-y border-y">
        {results.map((result) => (
          <li key={result.rule_id} className="flex flex-wrap items-center gap-x-3 py-1.5 text-sm">
            <Link to={`/detection-rules/${result.rule_id}`} className="link min-w-0 flex-1 break-words">
              {result.rule_name}
            </Link>
            {result.noise_count !== null && <span className="text-xs text-muted">{result.noise_count} other hits</span>}
            <Badge tone={result.result === "triggered" ? "ok" : "neutral"}>{RULE_RESULTS[result.result]}</Badge>
            {result.notes && <span className="w-full text-muted">{result.notes}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}
