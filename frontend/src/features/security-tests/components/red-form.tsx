import { useFieldArray } from "react-hook-form";
import { Plus } from "lucide-react";
import type { TestDetail } from "@/api/tests";
import { Field } from "@/components/form/field";
import { Refusal } from "@/components/form/refusal";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { useSubmitRed, useUpdateRed } from "@/features/security-tests/api";
import { BlindWindow } from "@/features/security-tests/components/blind-window";
import { ConflictNotice } from "@/features/security-tests/components/conflict-notice";
import { ExecutionFields } from "@/features/security-tests/components/execution-fields";
import { EMPTY_EXECUTION, redBase, redBodies, redField, redValues } from "@/features/security-tests/lib/red-form";
import { useRecordForm } from "@/features/security-tests/lib/use-record-form";

/** Red's record while red works on it: save at any time, half-filled too; hand over when it is complete. */
export function RedForm({ test }: { test: TestDetail }) {
  const record = useRecordForm({ test, pick: redBase, toValues: redValues, rename: redField });
  const { form } = record;
  const runs = useFieldArray({ control: form.control, name: "executions" });
  const update = useUpdateRed(test.id);
  const submit = useSubmitRed(test.id);
  const { errors, isDirty } = form.formState;

  const save = (then?: () => void) =>
    void form.handleSubmit((values) => {
      record.clear();
      update.mutate(redBodies(values, record.base()), {
        onSuccess: (next) => {
          record.saved(next);
          if (then) then();
          else toast("Red's record is saved.");
        },
        onError: record.refuse,
      });
    })();
  const handOver = () => submit.mutate(undefined, { onSuccess: () => toast(`${test.number} is with blue now.`), onError: record.refuse });

  return (
    <form
      noValidate
      aria-label="Red's record"
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Field label="What was done" hint="A sentence or two for blue and the leads." error={errors.summary?.message}>
        {(field) => <Textarea {...field} rows={3} {...form.register("summary")} />}
      </Field>
      {runs.fields.map((run, index) => (
        <div key={run.id} className={runs.fields.length > 1 ? "rounded-md border p-3" : ""}>
          <ExecutionFields form={form} index={index} onRemove={runs.fields.length > 1 ? () => runs.remove(index) : null} />
        </div>
      ))}
      {test.blind && <BlindWindow form={form} />}
      {record.stale ? <ConflictNotice rebase={record.rebase} /> : <Refusal error={record.failure} left={record.left} />}
      <div className="flex flex-wrap items-center gap-2">
        <Button onClick={() => runs.append({ ...EMPTY_EXECUTION, command: form.getValues("executions.0.command") })} disabled={runs.fields.length >= 50}>
          <Plus aria-hidden className="size-3.5" />
          Another run
        </Button>
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
          Hand over to blue
        </Button>
      </div>
    </form>
  );
}
