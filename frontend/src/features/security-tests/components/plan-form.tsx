import { useQuery } from "@tanstack/react-query";
import type { TestDetail } from "@/api/tests";
import { Field } from "@/components/form/field";
import { Refusal } from "@/components/form/refusal";
import { Button } from "@/components/ui/button";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { environmentsQuery, IN_USE } from "@/api/organisation";
import { useUpdatePlan } from "@/features/security-tests/api";
import { ConflictNotice } from "@/features/security-tests/components/conflict-notice";
import { PlatformField } from "@/features/security-tests/components/platform-field";
import { planBody, planValues } from "@/features/security-tests/lib/plan-form";
import { useRecordForm } from "@/features/security-tests/lib/use-record-form";
import { EXPECTATIONS, optionsOf } from "@/features/security-tests/lib/words";

/** Changes a draft's plan. */
export function PlanForm({ test, onClose }: { test: TestDetail; onClose: () => void }) {
  const record = useRecordForm({ test, pick: (whole) => whole, toValues: planValues });
  const { form } = record;
  const { errors } = form.formState;
  const update = useUpdatePlan(test.id);
  const environments = useQuery(environmentsQuery(IN_USE));
  const submit = form.handleSubmit((values) => {
    record.clear();
    update.mutate(planBody(values, record.base()), {
      onSuccess: (next) => {
        record.saved(next);
        toast("The plan is saved.");
        onClose();
      },
      onError: record.refuse,
    });
  });
  const expected = form.watch("expected");
  return (
    <form noValidate aria-label="Plan" className="space-y-3" onSubmit={(event) => void submit(event)}>
      <Field label="Name" required error={errors.name?.message}>
        {(field) => <Input {...field} {...form.register("name", { required: "A test needs a name." })} />}
      </Field>
      <Field label="What it is for" error={errors.description?.message}>
        {(field) => <Textarea {...field} rows={2} {...form.register("description")} />}
      </Field>
      <Field label="Procedure" error={errors.procedure?.message}>
        {(field) => <Textarea {...field} rows={6} className="font-mono text-xs!" {...form.register("procedure")} />}
      </Field>
      <div className="grid gap-3 sm:grid-cols-2">
        <PlatformField control={form.register("platform")} error={errors.platform?.message} />
        <Field label="Environment" error={errors.environment_id?.message}>
          {(field) => (
            <Select
              {...field}
              options={(environments.data?.items ?? [test.environment]).map((item) => ({ value: item.id, label: item.name }))}
              {...form.register("environment_id")}
            />
          )}
        </Field>
        <Field label="Expectation" hint="Only a lead asks for less than what holds for the technique." error={errors.expected?.message}>
          {(field) => <Select {...field} placeholder="As the technique says" options={optionsOf(EXPECTATIONS)} {...form.register("expected")} />}
        </Field>
        {expected && (
          <Field label="Why this expectation" required error={errors.expected_reason?.message}>
            {(field) => <Input {...field} {...form.register("expected_reason")} />}
          </Field>
        )}
        <Field label="Tags" hint="Separated by commas." error={errors.tags?.message}>
          {(field) => <Input {...field} {...form.register("tags")} />}
        </Field>
      </div>
      {record.stale ? <ConflictNotice rebase={record.rebase} /> : <Refusal error={record.failure} left={record.left} />}
      <div className="flex justify-end gap-2">
        <Button
          onClick={() => {
            form.reset();
            onClose();
          }}
        >
          Cancel
        </Button>
        <Button type="submit" variant="primary" pending={update.isPending}>
          Save the plan
        </Button>
      </div>
    </form>
  );
}
