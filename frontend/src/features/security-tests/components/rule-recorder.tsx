import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import type { TestDetail } from "@/api/tests";
import { InlineError } from "@/components/states/inline-error";
import { Combobox } from "@/components/ui/combobox";
import { Select } from "@/components/ui/select";
import { usePutRuleResult, type RuleResult } from "@/features/security-tests/api";
import { rulesQuery } from "@/features/security-tests/api-lookups";
import { keyOf, optionsOf, RULE_RESULTS } from "@/features/security-tests/lib/words";
import { useDebounced } from "@/hooks/use-debounced";

function Row({ test, result }: { test: TestDetail; result: RuleResult }) {
  const put = usePutRuleResult(test.id);
  return (
    <li className="flex flex-wrap items-center gap-2 py-1.5 text-sm">
      <span className="min-w-0 flex-1 basis-48 break-words">{result.rule_name}</span>
      <Select
        aria-label={`What ${result.rule_name} did`}
        className="w-52!"
        options={optionsOf(RULE_RESULTS)}
        value={result.result}
        disabled={put.isPending}
        onChange={(event) => {
          const chosen = keyOf(RULE_RESULTS, event.target.value);
          if (chosen) put.mutate({ ruleId: result.rule_id, result: chosen, noise_count: result.noise_count, notes: result.notes });
        }}
      />
      <InlineError error={put.error} />
    </li>
  );
}

/** Which detection rules fired: each answer is stored at once, apart from the form. */
export function RuleRecorder({ test }: { test: TestDetail }) {
  const [typed, setTyped] = useState("");
  const asked = useDebounced(typed.trim());
  const put = usePutRuleResult(test.id);
  const rules = useQuery(rulesQuery(test.technique?.attack_id ?? "", asked));
  const known = new Set(test.blue.rule_results.map((result) => result.rule_id));
  const options = (rules.data?.items ?? []).filter((rule) => !known.has(rule.id)).map((rule) => ({ value: rule.id, label: rule.name, detail: rule.source }));
  return (
    <section aria-label="Detection rules" className="space-y-2 border-t pt-3">
      <h3 className="label-caps">Detection rules</h3>
      {test.blue.rule_results.length > 0 && (
        <ul className="divide-y">
          {test.blue.rule_results.map((result) => (
            <Row key={result.rule_id} test={test} result={result} />
          ))}
        </ul>
      )}
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
