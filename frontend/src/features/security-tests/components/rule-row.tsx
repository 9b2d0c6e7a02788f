import { useState } from "react";
import { Link } from "react-router";
import type { TestDetail } from "@/api/tests";
import { Field } from "@/components/form/field";
import { Refusal } from "@/components/form/refusal";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { usePutRuleResult, type RuleResult } from "@/features/security-tests/api";
import { keyOf, optionsOf, RULE_RESULTS } from "@/features/security-tests/lib/words";

/** A rule that was looked for: what it did, how noisy it was, and a note. Each answer is stored at once. */
export function RuleRow({ test, result }: { test: TestDetail; result: RuleResult }) {
  const put = usePutRuleResult(test.id);
  const [open, setOpen] = useState(false);
  return (
    <li className="py-1.5 text-sm">
      <div className="flex flex-wrap items-center gap-2">
        <Link to={`/detection-rules/${result.rule_id}`} className="link min-w-0 flex-1 basis-48 break-words">
          {result.rule_name}
        </Link>
        {result.noise_count !== null && <span className="text-xs text-muted tabular">{result.noise_count} other hits</span>}
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
        <Button size="sm" variant="ghost" aria-expanded={open} aria-label={`Noise and note of ${result.rule_name}`} onClick={() => setOpen(!open)}>
          Noise, note
        </Button>
      </div>
      {!open && result.notes && <p className="text-xs break-words text-muted">{result.notes}</p>}
      <InlineError error={open ? null : put.error} />
      {open && <Details test={test} result={result} onDone={() => setOpen(false)} />}
    </li>
  );
}

function Details({ test, result, onDone }: { test: TestDetail; result: RuleResult; onDone: () => void }) {
  const put = usePutRuleResult(test.id);
  const [noise, setNoise] = useState(result.noise_count === null ? "" : String(result.noise_count));
  const [notes, setNotes] = useState(result.notes ?? "");
  const wrong = noise !== "" && !/^\d{1,6}$/.test(noise);
  return (
    <form
      noValidate
      className="mt-2 grid gap-3 rounded-md border bg-sunken p-3 sm:grid-cols-[8rem_minmax(0,1fr)_auto] sm:items-start"
      onSubmit={(event) => {
        event.preventDefault();
        if (wrong) return;
        const count = noise === "" ? null : Number(noise);
        put.mutate({ ruleId: result.rule_id, result: result.result, noise_count: count, notes: notes.trim() || null }, { onSuccess: onDone });
      }}
    >
      <Field label="Other hits" hint="Meanwhile, not this attack." error={wrong ? "A whole number." : undefined}>
        {(control) => <Input {...control} inputMode="numeric" value={noise} onChange={(event) => setNoise(event.target.value.trim())} />}
      </Field>
      <Field label="Note">{(control) => <Input {...control} value={notes} onChange={(event) => setNotes(event.target.value)} />}</Field>
      <Button type="submit" variant="primary" pending={put.isPending} className="sm:mt-5">
        Save
      </Button>
      <div className="sm:col-span-3 empty:hidden">
        <Refusal error={put.error} />
      </div>
    </form>
  );
}
