import { Controller, useWatch, type UseFormReturn } from "react-hook-form";
import { ArrowDown, ArrowUp, X } from "lucide-react";
import { Field } from "@/components/form/field";
import { UtcInput } from "@/components/form/utc-input";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Select, type Option } from "@/components/ui/select";
import type { BlueValues } from "@/features/security-tests/lib/blue-form";
import { BLOCK_REASONS, optionsOf, SEEN, SEVERITIES, TIME_SOURCES } from "@/features/security-tests/lib/words";

interface ObservationFieldsProps {
  form: UseFormReturn<BlueValues>;
  index: number;
  count: number;
  /** The runs to choose from; one alone needs no choice. */
  runs: readonly Option[];
  onRemove: () => void;
  onMove: (to: number) => void;
}

/** One thing that was seen, or that was looked for and not there. Fields appear with the outcome that needs them. */
export function ObservationFields({ form, index, count, runs, onRemove, onMove }: ObservationFieldsProps) {
  const { register, control } = form;
  const errors = form.formState.errors.observations?.[index];
  const outcome = useWatch({ control, name: `observations.${index}.outcome` });
  const seen = outcome === "blocked" || outcome === "alerted" || outcome === "logged";
  const no = index + 1;
  return (
    <fieldset className="space-y-3 rounded-md border p-3">
      <legend className="float-left w-full pb-1 text-sm font-medium">
        <span className="flex items-center">
          <span className="flex-1">Observation {no}</span>
          <Button size="sm" variant="ghost" disabled={index === 0} aria-label={`Move observation ${String(no)} up`} onClick={() => onMove(index - 1)}>
            <ArrowUp aria-hidden className="size-3.5" />
          </Button>
          <Button size="sm" variant="ghost" disabled={no === count} aria-label={`Move observation ${String(no)} down`} onClick={() => onMove(index + 1)}>
            <ArrowDown aria-hidden className="size-3.5" />
          </Button>
          <Button size="sm" variant="ghost" aria-label={`Remove observation ${String(no)}`} onClick={onRemove}>
            <X aria-hidden className="size-3.5" />
          </Button>
        </span>
      </legend>
      <div className="clear-both grid gap-3 sm:grid-cols-2">
        <Field label="What the control did" error={errors?.outcome?.message}>
          {(field) => <Select {...field} options={optionsOf(SEEN)} {...register(`observations.${index}.outcome`)} />}
        </Field>
        <Field label="Tool" error={errors?.tool?.message ?? errors?.tool_id?.message}>
          {(field) => (
            <Input
              {...field}
              placeholder="EDR, SIEM, proxy …"
              list="aegis-tools"
              {...register(`observations.${index}.tool`, { onChange: () => form.setValue(`observations.${index}.tool_id`, "") })}
            />
          )}
        </Field>
        {runs.length > 1 && (
          <Field label="Which run" error={errors?.execution?.message}>
            {(field) => <Select {...field} placeholder="Choose" options={runs} {...register(`observations.${index}.execution`)} />}
          </Field>
        )}
        {seen && (
          <>
            <Field label="Seen at (UTC)" error={errors?.observed_at?.message}>
              {(field) => (
                <Controller
                  control={control}
                  name={`observations.${index}.observed_at`}
                  render={({ field: { ref, value, onChange, onBlur } }) => <UtcInput {...field} ref={ref} value={value} onChange={onChange} onBlur={onBlur} />}
                />
              )}
            </Field>
            <Field label="Time taken from" error={errors?.source?.message}>
              {(field) => <Select {...field} placeholder="Not said" options={optionsOf(TIME_SOURCES)} {...register(`observations.${index}.source`)} />}
            </Field>
          </>
        )}
        {outcome === "alerted" && (
          <Field label="Severity" error={errors?.severity?.message}>
            {(field) => <Select {...field} placeholder="Not said" options={optionsOf(SEVERITIES)} {...register(`observations.${index}.severity`)} />}
          </Field>
        )}
        {outcome === "blocked" && (
          <Field label="If the attack succeeded all the same" error={errors?.reason?.message}>
            {(field) => <Select {...field} placeholder="The block stopped it" options={optionsOf(BLOCK_REASONS)} {...register(`observations.${index}.reason`)} />}
          </Field>
        )}
        {seen && (
          <Field label="Alert id or link" error={errors?.reference?.message}>
            {(field) => <Input {...field} {...register(`observations.${index}.reference`)} />}
          </Field>
        )}
        <Field label="Notes" error={errors?.notes?.message} className="sm:col-span-2">
          {(field) => <Input {...field} {...register(`observations.${index}.notes`)} />}
        </Field>
      </div>
    </fieldset>
  );
}
