import { Controller, useFieldArray } from "react-hook-form";
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { isApiError } from "@/api/errors";
import type { TestDetail } from "@/api/tests";
import { Refusal } from "@/components/form/refusal";
import { UtcInput } from "@/components/form/utc-input";
import { Field } from "@/components/form/field";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { IN_USE, toolsQuery } from "@/api/organisation";
import { useSubmitBlue, useUpdateBlue } from "@/features/security-tests/api";
import { ConflictNotice } from "@/features/security-tests/components/conflict-notice";
import { MissFields } from "@/features/security-tests/components/miss-fields";
import { ObservationFields } from "@/features/security-tests/components/observation-fields";
import { conflictingRuns, OutcomeConflict } from "@/features/security-tests/components/outcome-conflict";
import { blueBody, blueField, blueValues, EMPTY_OBSERVATION } from "@/features/security-tests/lib/blue-form";
import { useRecordForm } from "@/features/security-tests/lib/use-record-form";
import { EXECUTION_RESULTS } from "@/features/security-tests/lib/words";

interface BlueFormProps {
  test: TestDetail;
  /** Opens the question to red; null when this person may not return the test. */
  onReturn: (() => void) | null;
}

const TIMES = [
  { name: "triaged_at", label: "Alert acknowledged at (UTC)" },
  { name: "contained_at", label: "Contained at (UTC)" },
] as const;

/** Blue's record while blue works on it. */
export function BlueForm({ test, onReturn }: BlueFormProps) {
  const record = useRecordForm({ test, pick: (whole) => whole.blue, toValues: blueValues, rename: blueField });
  const { form, failure } = record;
  const tools = useQuery(toolsQuery(IN_USE)).data?.items ?? [];
  const seen = useFieldArray({ control: form.control, name: "observations" });
  const update = useUpdateBlue(test.id);
  const submit = useSubmitBlue(test.id);
  const { errors, isDirty } = form.formState;
  const conflict = isApiError(failure, 409) && failure.code === "outcome_conflict" ? failure : null;
  const runs = test.red.executions.map((run) => ({
    value: String(run.no),
    label: [`Run ${String(run.no)}`, run.host, run.execution && EXECUTION_RESULTS[run.execution]].filter(Boolean).join(" · "),
  }));

  const save = (then?: () => void) =>
    void form.handleSubmit((values) => {
      record.clear();
      update.mutate(blueBody(values, record.base(), tools), {
        onSuccess: (next) => {
          record.saved(next);
          if (then) then();
          else toast("Blue's record is saved.");
        },
        onError: record.refuse,
      });
    })();
  const handOver = () =>
    submit.mutate(undefined, {
      onSuccess: (next) => toast(next.state === "in_review" ? `${next.number} is with the leads now.` : `${next.number} is revealed.`),
      onError: record.refuse,
    });
  function goToBlock() {
    const index = form.getValues("observations").findIndex((item) => item.outcome === "blocked" && !item.reason);
    form.setFocus(`observations.${Math.max(index, 0)}.reason`);
  }

  return (
    <form
      noValidate
      aria-label="Blue's record"
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Field label="What was seen" hint="A sentence or two for the leads." error={errors.summary?.message}>
        {(field) => <Textarea {...field} rows={3} {...form.register("summary")} />}
      </Field>
      <datalist id="aegis-tools">
        {tools.map((tool) => (
          <option key={tool.id} value={tool.name} />
        ))}
      </datalist>
      <div className="space-y-3">
        {seen.fields.length === 0 && (
          <p className="text-sm text-muted">One observation a control: what it did. If nothing was seen anywhere, say that too.</p>
        )}
        {errors.observations?.message && (
          <p role="alert" className="text-xs text-danger">
            {errors.observations.message}
          </p>
        )}
        {seen.fields.map((item, index) => (
          <ObservationFields
            key={item.id}
            form={form}
            index={index}
            count={seen.fields.length}
            runs={runs}
            onRemove={() => seen.remove(index)}
            onMove={(to) => seen.move(index, to)}
          />
        ))}
        <Button onClick={() => seen.append({ ...EMPTY_OBSERVATION })} disabled={seen.fields.length >= 100}>
          <Plus aria-hidden className="size-3.5" />
          Add an observation
        </Button>
      </div>
      <div className="grid gap-3 sm:grid-cols-2">
        {TIMES.map(({ name, label }) => (
          <Field key={name} label={label} error={errors[name]?.message}>
            {(field) => (
              <Controller
                control={form.control}
                name={name}
                render={({ field: { ref, value, onChange, onBlur } }) => <UtcInput {...field} ref={ref} value={value} onChange={onChange} onBlur={onBlur} />}
              />
            )}
          </Field>
        ))}
      </div>
      <MissFields form={form} test={test} />
      {record.stale && <ConflictNotice rebase={record.rebase} />}
      {conflict && <OutcomeConflict runs={conflictingRuns(conflict.extra)} onMarkLate={goToBlock} onReturn={onReturn} />}
      {!record.stale && !conflict && <Refusal error={failure} left={record.left} />}
      <div className="flex flex-wrap items-center gap-2">
        {onReturn && <Button onClick={onReturn}>Return with a question</Button>}
        <span className="flex-1" />
        {isDirty && <span className="text-xs text-muted">Not saved yet</span>}
        <Button type="submit" pending={update.isPending}>
          Save
        </Button>
        <Button
          variant="primary"
          pending={update.isPending || submit.isPending}
          onClick={() => {
            record.clear();
            if (isDirty) save(handOver);
            else handOver();
          }}
        >
          {test.sealed ? "Hand over and reveal" : "Hand over to the leads"}
        </Button>
      </div>
    </form>
  );
}
