import { useFieldArray, useWatch, type UseFormReturn } from "react-hook-form";
import { Trash2 } from "lucide-react";
import { Field } from "@/components/form/field";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { unfilled, type TemplateValues } from "@/features/catalog/lib/template-form";

const MOST = 50;

/** The inputs of one's own template, and an offer for each place in its texts that none fills yet. */
export function InputsFields({ form, texts }: { form: UseFormReturn<TemplateValues>; texts: string }) {
  const list = useFieldArray({ control: form.control, name: "inputs" });
  const values = useWatch({ control: form.control, name: "inputs" });
  const errors = form.formState.errors.inputs;
  const open = unfilled(texts, values);
  const add = (name: string) => list.append({ name, type: "string", description: "", default: "" });
  return (
    <fieldset className="space-y-3">
      <legend className="mb-1 text-xs font-medium">Inputs</legend>
      {list.fields.length === 0 && <p className="text-sm text-muted">None. Write {"#{name}"} in the command where a value goes.</p>}
      {list.fields.map((row, index) => (
        <div key={row.id} className="grid items-end gap-2 rounded-md border p-3 sm:grid-cols-[minmax(0,1fr)_7rem_minmax(0,1fr)_auto]">
          <Field label="Name" required error={errors?.[index]?.name?.message}>
            {(control) => (
              <Input
                {...control}
                className="font-mono text-xs!"
                {...form.register(`inputs.${index}.name`, { required: "An input needs a name.", pattern: { value: /^[A-Za-z0-9_.-]{1,100}$/, message: "Letters, digits, dot, dash and underscore." } })}
              />
            )}
          </Field>
          <Field label="Type">{(control) => <Input {...control} maxLength={40} {...form.register(`inputs.${index}.type`)} />}</Field>
          <Field label="Default" error={errors?.[index]?.default?.message}>
            {(control) => <Input {...control} className="font-mono text-xs!" {...form.register(`inputs.${index}.default`)} />}
          </Field>
          <Button size="icon" variant="ghost" aria-label={`Remove input ${String(index + 1)}`} onClick={() => list.remove(index)}>
            <Trash2 aria-hidden className="size-4" />
          </Button>
          <Field className="sm:col-span-4" label="Meaning" error={errors?.[index]?.description?.message}>
            {(control) => <Input {...control} {...form.register(`inputs.${index}.description`)} />}
          </Field>
        </div>
      ))}
      <div className="flex flex-wrap gap-2">
        <Button size="sm" disabled={list.fields.length >= MOST} onClick={() => add("")}>
          Add an input
        </Button>
        {open.map((name) => (
          <Button key={name} size="sm" onClick={() => add(name)}>
            Add <span className="font-mono">{name}</span>
          </Button>
        ))}
      </div>
    </fieldset>
  );
}
