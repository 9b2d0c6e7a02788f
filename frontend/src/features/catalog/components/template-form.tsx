import { useState } from "react";
import { useController, useForm, useWatch } from "react-hook-form";
import { X } from "lucide-react";
import { isApiError, type FieldError } from "@/api/errors";
import { Field } from "@/components/form/field";
import { placeErrors } from "@/components/form/place-errors";
import { Refusal } from "@/components/form/refusal";
import { useLeaveGuard } from "@/components/form/use-leave-guard";
import { TechniquePicker } from "@/components/pickers/technique-picker";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Checkbox } from "@/components/ui/checkbox";
import { Input, Textarea } from "@/components/ui/input";
import { MultiSelect } from "@/components/ui/multi-select";
import { PLATFORMS } from "@/lib/platforms";
import { InputsFields } from "@/features/catalog/components/inputs-fields";
import type { TemplateValues } from "@/features/catalog/lib/template-form";

const EXECUTORS = ["powershell", "command_prompt", "sh", "bash", "manual"];

interface TemplateFormProps {
  initial: TemplateValues;
  submitLabel: string;
  /** Rejects with the server's refusal. */
  onSubmit: (values: TemplateValues) => Promise<unknown>;
}

/** A procedure of our own: what it does, what it runs, and what is filled in. */
export function TemplateForm({ initial, submitLabel, onSubmit }: TemplateFormProps) {
  const form = useForm<TemplateValues>({ defaultValues: initial });
  const [failure, setFailure] = useState<unknown>(null);
  const [left, setLeft] = useState<readonly FieldError[]>([]);
  const { errors, isDirty, isSubmitting, isSubmitSuccessful } = form.formState;
  const [platforms, procedure, cleanup] = useWatch({ control: form.control, name: ["platforms", "procedure", "cleanup"] });
  const { field: chosen } = useController({
    control: form.control,
    name: "techniques",
    rules: { validate: (value) => value.length > 0 || "Name one technique or more that it carries out." },
  });
  const techniques = chosen.value;
  useLeaveGuard(isDirty && !isSubmitting && !(isSubmitSuccessful && failure === null));
  const choose = (next: TemplateValues["techniques"]) => {
    chosen.onChange(next);
    if (next.length > 0) form.clearErrors("techniques");
  };
  const submit = form.handleSubmit(async (values) => {
    setFailure(null);
    try {
      await onSubmit(values);
    } catch (error) {
      setLeft(placeErrors(form, error, (field) => field.replace(/^techniques\.\d+$/, "techniques")));
      setFailure(error);
    }
  });
  const choices = [...new Set([...PLATFORMS, ...initial.platforms])].map((value) => ({ value, label: value }));
  return (
    <form noValidate aria-label="Template" onSubmit={(event) => void submit(event)}>
      <Card>
        <div className="grid gap-4 lg:grid-cols-2">
          <div className="min-w-0 space-y-3">
            <Field label="Name" required error={errors.name?.message}>
              {(control) => <Input {...control} {...form.register("name", { required: "A template needs a name." })} />}
            </Field>
            <Field label="Techniques" required error={errors.techniques?.message ?? errors.techniques?.root?.message}>
              {({ id, ...control }) => (
                <div className="space-y-2">
                  <TechniquePicker
                    id={id}
                    label="Techniques"
                    placeholder="Add a technique by id or name"
                    value={null}
                    without={techniques.map((item) => item.attackId)}
                    invalid={control["aria-invalid"]}
                    describedBy={control["aria-describedby"]}
                    onChange={(item) => {
                      if (item) choose([...techniques, item]);
                    }}
                  />
                  {techniques.length > 0 && (
                    <ul aria-label="Chosen techniques" className="flex flex-wrap gap-1.5">
                      {techniques.map((item) => (
                        <li key={item.attackId}>
                          <Button size="sm" onClick={() => choose(techniques.filter((other) => other !== item))}>
                            <span className="font-mono">{item.attackId}</span> {item.name}
                            <X aria-hidden className="size-3" />
                            <span className="sr-only">, remove</span>
                          </Button>
                        </li>
                      ))}
                    </ul>
                  )}
                </div>
              )}
            </Field>
            <div className="flex flex-wrap items-end gap-3">
              <div>
                <p className="mb-1 text-xs font-medium">Platforms</p>
                <MultiSelect label="Platforms" options={choices} value={platforms} onChange={(value) => form.setValue("platforms", value, { shouldDirty: true })} />
              </div>
              <Field label="Executor" className="w-48" error={errors.executor?.message}>
                {(control) => (
                  <>
                    <Input {...control} list="executors" maxLength={60} placeholder="powershell, sh, manual …" {...form.register("executor")} />
                    <datalist id="executors">
                      {EXECUTORS.map((name) => (
                        <option key={name} value={name} />
                      ))}
                    </datalist>
                  </>
                )}
              </Field>
            </div>
            <Checkbox label="Needs elevated rights" {...form.register("elevation_required")} />
            <Field label="Description" hint="What it does and what it needs; Markdown." error={errors.description?.message}>
              {(control) => <Textarea {...control} rows={6} {...form.register("description")} />}
            </Field>
          </div>
          <div className="min-w-0 space-y-3">
            <Field label="Command" hint={<>The command or the steps, with <span className="font-mono">{"#{name}"}</span> where an input goes.</>} error={errors.procedure?.message}>
              {(control) => <Textarea {...control} rows={8} className="font-mono text-xs!" {...form.register("procedure")} />}
            </Field>
            <Field label="Cleanup" error={errors.cleanup?.message}>
              {(control) => <Textarea {...control} rows={3} className="font-mono text-xs!" {...form.register("cleanup")} />}
            </Field>
            <InputsFields form={form} texts={`${procedure}\n${cleanup}`} />
          </div>
        </div>
        <div className="mt-4 space-y-3">
          <Refusal error={failure} left={left} />
          {isApiError(failure, 409) && <p className="text-sm text-muted">Open the template anew to see what is stored now.</p>}
          <div className="flex justify-end">
            <Button type="submit" variant="primary" pending={isSubmitting}>
              {submitLabel}
            </Button>
          </div>
        </div>
      </Card>
    </form>
  );
}
