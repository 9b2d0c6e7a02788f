import type { UseFormReturn } from "react-hook-form";
import { Field } from "@/components/form/field";
import { Input } from "@/components/ui/input";
import type { Template } from "@/features/security-tests/api-lookups";
import type { NewTestValues } from "@/features/security-tests/lib/new-test";

/** One field for each input of the template, with its description and its usual value. */
export function TemplateInputs({ form, template }: { form: UseFormReturn<NewTestValues>; template: Template }) {
  const errors = form.formState.errors.inputs;
  return template.inputs.map((input, index) => (
    <Field key={input.name} label={<span className="font-mono">{input.name}</span>} hint={input.description} error={errors?.[index]?.value?.message}>
      {(field) => <Input {...field} className="font-mono text-xs!" {...form.register(`inputs.${index}.value`)} />}
    </Field>
  ));
}
