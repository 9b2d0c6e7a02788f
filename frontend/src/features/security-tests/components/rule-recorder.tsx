import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { rulesQuery } from "@/api/rules";
import type { TestDetail } from "@/api/tests";
import { InlineError } from "@/components/states/inline-error";
import { Combobox } from "@/components/ui/combobox";
import { usePutRuleResult } from "@/features/security-tests/api";
import { RuleRow } from "@/features/security-tests/components/rule-row";
import { SuggestedRules } from "@/features/security-tests/components/suggested-rules";
import { useDebounced } from "@/hooks/use-debounced";

/** Which detection rules fired: each answer is stored at once, apart from the form. */
export function RuleRecorder({ test }: { test: TestDetail }) {
  const [typed, setTyped] = useState("");
  const asked = useDebounced(typed.trim());
  const put = usePutRuleResult(test.id);
  const rules = useQuery(rulesQuery({ limit: 20, ...(asked ? { q: asked } : { technique: [test.technique?.attack_id ?? ""] }) }));
  const known = new Set(test.blue.rule_results.map((result) => result.rule_id));
  const options = (rules.data?.items ?? []).filter((rule) => !known.has(rule.id)).map((rule) => ({ value: rule.id, label: rule.name, detail: rule.source }));
  return (
    <section aria-label="Detection rules" className="space-y-2 border-t pt-3">
      <h3 className="label-caps">Detection rules</h3>
      {test.blue.rule_results.length > 0 && (
        <ul className="divide-y">
          {test.blue.rule_results.map((result) => (
            <RuleRow key={result.rule_id} test={test} result={result} />
          ))}
        </ul>
      )}
      <SuggestedRules test={test} />
      <div className="max-w-xl">
        <Combobox
          label="Add a rule that fired"
          placeholder="Add a rule that fired: those for this technique, or search"
          options={options}
          value={null}
          onChange={(option) => {
            if (option) put.mutate({ ruleId: option.value, result: "triggered" });
          }}
          query={typed}
          onQueryChange={setTyped}
          loading={rules.isFetching}
          error={rules.error}
          onRetry={() => void rules.refetch()}
          emptyText={typed ? "No rule matches." : "No rule looks for this technique."}
        />
      </div>
      <InlineError error={put.error} />
    </section>
  );
}
