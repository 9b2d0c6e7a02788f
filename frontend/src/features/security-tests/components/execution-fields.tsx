import { Controller, type UseFormReturn } from "react-hook-form";
import { Field } from "@/components/form/field";
import { UtcInput } from "@/components/form/utc-input";
import { Button } from "@/components/ui/button";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import type { RedValues } from "@/features/security-tests/lib/red-form";
import { EXECUTION_RESULTS, optionsOf } from "@/features/security-tests/lib/words";

interface ExecutionFieldsProps {
  form: UseFormReturn<RedValues>;
  index: number;
  /** Null for a single run: it cannot be removed and needs no heading. */
  onRemove: (() => void) | null;
}

const TIMES = [
  { name: "executed_at", label: "Run at (UTC)" },
  { name: "ended_at", label: "Ended at (UTC)" },
] as const;

const MORE = [
  { name: "source_host", label: "Run from host" },
  { name: "user", label: "As user" },
  { name: "privilege", label: "Privilege" },
  { name: "tool", label: "With tool" },
] as const;

/** One run of the procedure: what, when, where, how it ended. */
export function ExecutionFields({ form, index, onRemove }: ExecutionFieldsProps) {
  const errors = form.formState.errors.executions?.[index];
  const { register, control } = form;
  return (
    <fieldset className="space-y-3">
      <legend className={onRemove ? "float-left w-full pb-1 text-sm font-medium" : "sr-only"}>
        <span className="flex items-center justify-between">
          Run {index + 1}
          {onRemove && (
            <Button size="sm" variant="ghost" onClick={onRemove} aria-label={`Remove run ${String(index + 1)}`}>
              Remove
            </Button>
          )}
        </span>
      </legend>
      <Field label="Command as run" error={errors?.command?.message} className="clear-both">
        {(field) => <Textarea {...field} rows={3} className="font-mono text-xs!" {...register(`executions.${index}.command`)} />}
      </Field>
      <div className="grid gap-3 sm:grid-cols-2">
        {TIMES.map(({ name, label }) => (
          <Field key={name} label={label} error={errors?.[name]?.message}>
            {(field) => (
              <Controller
                control={control}
                name={`executions.${index}.${name}`}
                render={({ field: { ref, value, onChange, onBlur } }) => <UtcInput {...field} ref={ref} value={value} onChange={onChange} onBlur={onBlur} />}
              />
            )}
          </Field>
        ))}
        <Field label="How it ended" error={errors?.execution?.message}>
          {(field) => (
            <Select {...field} placeholder="Choose" options={optionsOf(EXECUTION_RESULTS)} {...register(`executions.${index}.execution`)} />
          )}
        </Field>
        <Field label="Target host" error={errors?.host?.message}>
          {(field) => <Input {...field} className="font-mono text-xs!" {...register(`executions.${index}.host`)} />}
        </Field>
        {MORE.map(({ name, label }) => (
          <Field key={name} label={label} error={errors?.[name]?.message}>
            {(field) => <Input {...field} {...register(`executions.${index}.${name}`)} />}
          </Field>
        ))}
        <Field label="Cleaned up at (UTC)" error={errors?.cleanup_done_at?.message}>
          {(field) => (
            <Controller
              control={control}
              name={`executions.${index}.cleanup_done_at`}
              render={({ field: { ref, value, onChange, onBlur } }) => <UtcInput {...field} ref={ref} value={value} onChange={onChange} onBlur={onBlur} />}
            />
          )}
        </Field>
      </div>
    </fieldset>
  );
}
