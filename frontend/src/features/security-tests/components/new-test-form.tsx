import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { Link, useNavigate } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { isApiError, type FieldError } from "@/api/errors";
import type { components } from "@/api/schema";
import { Field } from "@/components/form/field";
import { placeErrors } from "@/components/form/place-errors";
import { Refusal } from "@/components/form/refusal";
import { useLeaveGuard } from "@/components/form/use-leave-guard";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Checkbox } from "@/components/ui/checkbox";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { SuggestedRules } from "@/components/templates/suggested-rules";
import { toast } from "@/components/ui/toast";
import { useCreateTest } from "@/features/security-tests/api";
import type { Template } from "@/api/templates";
import { environmentsQuery, IN_USE } from "@/api/organisation";
import { PlatformField } from "@/features/security-tests/components/platform-field";
import { TemplateCommandSide, TemplatePreparation } from "@/features/security-tests/components/template-inputs";
import { newTestBody, newTestValues } from "@/features/security-tests/lib/new-test";
import { EXPECTATIONS, optionsOf } from "@/features/security-tests/lib/words";

interface NewTestFormProps {
  technique: components["schemas"]["TechniqueDetail"];
  template: Template | null;
}

/** The plan itself. Mount it anew for another technique or template: it starts from what they bring. */
export function NewTestForm({ technique, template }: NewTestFormProps) {
  const navigate = useNavigate();
  const form = useForm({ defaultValues: newTestValues(technique, template) });
  const { errors, isDirty } = form.formState;
  const create = useCreateTest();
  const [left, setLeft] = useState<readonly FieldError[]>([]);
  const environments = useQuery(environmentsQuery(IN_USE));
  const inputs = useWatch({ control: form.control, name: "inputs" });
  const expected = useWatch({ control: form.control, name: "expected" });
  useLeaveGuard(isDirty && !create.isPending && !create.isSuccess);
  const values = Object.fromEntries(inputs.map((item) => [item.name, item.value]));
  const submit = form.handleSubmit((values) =>
    create.mutate(newTestBody(values, technique.attack_id, template), {
      onSuccess: (test) => {
        toast(`${test.number} is planned.`);
        void navigate(`/tests/${test.id}`);
      },
      onError: (error) =>
        setLeft(placeErrors(form, error, (field) => field.replace(/^inputs\.(.+)$/, (_whole, name) => `inputs.${String(inputs.findIndex((item) => item.name === name))}.value`))),
    }),
  );
  const several = (environments.data?.items.length ?? 0) > 1;
  return (
    <form noValidate aria-label="New test" onSubmit={(event) => void submit(event)}>
      <Card title="Plan">
        <div className="grid gap-4 lg:grid-cols-2">
          <div className="min-w-0 space-y-3">
            <Field label="Name" required error={errors.name?.message}>
              {(field) => <Input {...field} {...form.register("name", { required: "A test needs a name." })} />}
            </Field>
            <Field label="What it is for" error={errors.description?.message}>
              {(field) => <Textarea {...field} rows={2} {...form.register("description")} />}
            </Field>
            <div className="grid gap-3 sm:grid-cols-2">
              <PlatformField control={form.register("platform")} error={errors.platform?.message} preferred={template?.platforms.length ? template.platforms : technique.platforms} />
              {several && (
                <Field label="Environment" error={errors.environment_id?.message}>
                  {(field) => (
                    <Select
                      {...field}
                      placeholder="The default one"
                      options={(environments.data?.items ?? []).map((item) => ({ value: item.id, label: item.name }))}
                      {...form.register("environment_id")}
                    />
                  )}
                </Field>
              )}
              <Field label="Expectation" hint="Only a lead asks for less than what holds for the technique." error={errors.expected?.message}>
                {(field) => <Select {...field} placeholder="As the technique says" options={optionsOf(EXPECTATIONS)} {...form.register("expected")} />}
              </Field>
              {expected && (
                <Field label="Why this expectation" required error={errors.expected_reason?.message}>
                  {(field) => <Input {...field} {...form.register("expected_reason", { required: "Say why: it changes what counts as a miss." })} />}
                </Field>
              )}
              <Field label="Tags" hint="Separated by commas." error={errors.tags?.message}>
                {(field) => <Input {...field} {...form.register("tags")} />}
              </Field>
            </div>
            <Checkbox label="Blind" hint="Blue learns of it only at the hand-over, and only where and when to look." {...form.register("blind")} />
          </div>
          <div className="min-w-0 space-y-3">
            {template ? (
              <TemplateCommandSide form={form} template={template} values={values} />
            ) : (
              <Field label="Procedure" hint="The command or the steps. Red can change it when recording the run." error={errors.procedure?.message}>
                {(field) => <Textarea {...field} rows={9} className="font-mono text-xs!" {...form.register("procedure")} />}
              </Field>
            )}
          </div>
        </div>
        {template && <TemplatePreparation template={template} values={values} />}
        <div className="mt-4 border-t pt-4">
          <h3 className="mb-1.5 text-xs font-medium">Rules that should see it</h3>
          <SuggestedRules techniques={[technique.attack_id]} />
        </div>
        <div className="mt-4 space-y-3">
          <Refusal error={create.error} left={left} />
          {template && isApiError(create.error) && create.error.code === "release_needed" && (
            <Link to={`/catalog/${template.id}`} className="link text-sm">
              See what changed
            </Link>
          )}
          <div className="flex justify-end">
            <Button type="submit" variant="primary" pending={create.isPending}>
              Plan the test
            </Button>
          </div>
        </div>
      </Card>
    </form>
  );
}
