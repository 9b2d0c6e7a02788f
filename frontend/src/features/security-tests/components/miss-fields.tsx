import { Controller, type UseFormReturn } from "react-hook-form";
import type { TestDetail } from "@/api/tests";
import { Field } from "@/components/form/field";
import { MultiSelect } from "@/components/ui/multi-select";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import type { BlueValues } from "@/features/security-tests/lib/blue-form";
import { EXPECTATIONS, keyOf, MISS_CAUSES, optionsOf } from "@/features/security-tests/lib/words";

/** Why less was seen than expected, and why no tool can be named for a block. */
export function MissFields({ form, test }: { form: UseFormReturn<BlueValues>; test: TestDetail }) {
  const { errors } = form.formState;
  const blocked = test.red.executions.some((run) => run.execution === "blocked");
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Field
        label="Cause of the miss"
        hint={`Expected here: ${EXPECTATIONS[test.expected].toLowerCase()}. Needed when less was seen, or the alert was acknowledged late.`}
        error={errors.miss_cause?.message}
      >
        {(field) => <Select {...field} placeholder="None: as expected" options={optionsOf(MISS_CAUSES)} {...form.register("miss_cause")} />}
      </Field>
      <div>
        <p className="mb-1 text-xs font-medium">Further causes</p>
        <Controller
          control={form.control}
          name="further_causes"
          render={({ field }) => (
            <MultiSelect
              label="Further causes"
              className="w-full"
              options={optionsOf(MISS_CAUSES)}
              value={field.value}
              onChange={(value) => field.onChange(value.map((item) => keyOf(MISS_CAUSES, item)).filter((item) => item !== null))}
            />
          )}
        />
      </div>
      {blocked && (
        <Field
          label="If no tool can be named for the block"
          hint="Red was blocked. Name the tool in an observation, or say here why that is not possible."
          error={errors.unattributed_reason?.message}
          className="sm:col-span-2"
        >
          {(field) => <Input {...field} {...form.register("unattributed_reason")} />}
        </Field>
      )}
    </div>
  );
}
