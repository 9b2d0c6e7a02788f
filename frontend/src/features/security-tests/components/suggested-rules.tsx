import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { rulesQuery, type RuleSummary } from "@/api/rules";
import type { TestDetail } from "@/api/tests";
import { ErrorState } from "@/components/states/error-state";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { usePutRuleResult } from "@/features/security-tests/api";

/** Rules for this technique that run in our tools and have not been looked for yet: these should have fired. */
export function SuggestedRules({ test }: { test: TestDetail }) {
  const attackId = test.technique?.attack_id ?? "";
  const rules = useQuery({ ...rulesQuery({ technique: [attackId], deployed: true, active: "true", limit: 50 }), enabled: attackId !== "" });
  const known = new Set(test.blue.rule_results.map((result) => result.rule_id));
  const open = (rules.data?.items ?? []).filter((rule) => !known.has(rule.id));
  if (rules.error) return <ErrorState error={rules.error} what="The rules that run with us" onRetry={() => void rules.refetch()} />;
  if (open.length === 0) return null;
  return (
    <div>
      <p className="text-xs text-muted">In force in our tools for {attackId}. Did they fire?</p>
      <ul aria-label="Rules that should have fired" className="divide-y">
        {open.map((rule) => (
          <Suggestion key={rule.id} test={test} rule={rule} />
        ))}
      </ul>
    </div>
  );
}

function Suggestion({ test, rule }: { test: TestDetail; rule: RuleSummary }) {
  const put = usePutRuleResult(test.id);
  const answer = (result: "triggered" | "not_triggered") => put.mutate({ ruleId: rule.id, result });
  return (
    <li className="flex flex-wrap items-center gap-2 py-1.5 text-sm">
      <Link to={`/detection-rules/${rule.id}`} className="link min-w-0 flex-1 basis-48 break-words">
        {rule.name}
      </Link>
      <span className="text-xs text-muted">{rule.deployed_in.join(", ")}</span>
      <span className="flex gap-1.5">
        <Button size="sm" pending={put.isPending} aria-label={`${rule.name} fired`} onClick={() => answer("triggered")}>
          Fired
        </Button>
        <Button size="sm" pending={put.isPending} aria-label={`${rule.name} stayed silent`} onClick={() => answer("not_triggered")}>
          Silent
        </Button>
      </span>
      <InlineError error={put.error} />
    </li>
  );
}
