import { Controller, type UseFormReturn } from "react-hook-form";
import { Field } from "@/components/form/field";
import { UtcInput } from "@/components/form/utc-input";
import { Input } from "@/components/ui/input";
import type { RedValues } from "@/features/security-tests/lib/red-form";

const TIMES = [
  { name: "window_from", label: "Blue looks from (UTC)" },
  { name: "window_to", label: "Blue looks until (UTC)" },
] as const;

/** What blue is told at the hand-over of a blind test. */
export function BlindWindow({ form }: { form: UseFormReturn<RedValues> }) {
  const { errors } = form.formState;
  return (
    <fieldset className="grid gap-3 rounded-md border p-3 sm:grid-cols-2">
      <legend className="px-1 text-xs text-muted">Blind: all that blue is told. Left empty: whole hours around the runs.</legend>
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
      <Field label="Where to look" hint="A group of hosts, if blue may know it." error={errors.target_group?.message}>
        {(field) => <Input {...field} {...form.register("target_group")} />}
      </Field>
    </fieldset>
  );
}
