import { useState } from "react";
import { useForm } from "react-hook-form";
import type { FieldError } from "@/api/errors";
import { Field } from "@/components/form/field";
import { placeErrors } from "@/components/form/place-errors";
import { Refusal } from "@/components/form/refusal";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { ATTACK_SOURCE, useUpdateSource, type DataSource } from "@/features/data-sources/api";
import { domainLabel } from "@/features/data-sources/lib/labels";

interface SettingsDialogProps {
  source: DataSource;
  onClose: () => void;
}

/** Whether a source is used, how often it is read, and which parts of it. */
export function SettingsDialog({ source, onClose }: SettingsDialogProps) {
  const parts = source.parts.map((part) => part.name);
  const form = useForm({
    defaultValues: { enabled: source.enabled, auto: source.auto, base_url: source.base_url ?? "", interval_hours: source.interval_hours, domains: parts.filter((name) => source.domains.includes(name)) },
  });
  const update = useUpdateSource(source.name);
  const [left, setLeft] = useState<readonly FieldError[]>([]);
  const { errors } = form.formState;
  const submit = form.handleSubmit(({ enabled, auto, base_url, interval_hours, domains }) =>
    update.mutate(
      { enabled, auto, interval_hours, base_url: base_url.trim() || null, ...(parts.length > 1 && { domains }) },
      { onSuccess: onClose, onError: (error) => setLeft(placeErrors(form, error)) },
    ),
  );
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Settings of ${source.title}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={update.isPending} onClick={() => void submit()}>
            Save
          </Button>
        </>
      }
    >
      <form onSubmit={(event) => void submit(event)} noValidate className="space-y-4">
        <Checkbox label="Switched on" hint="A source that is switched off is not read, neither on schedule nor on request. What it brought stays." {...form.register("enabled")} />
        <Checkbox label="Synced on schedule" hint="The first sync of a source is always asked for by a person." {...form.register("auto")} />
        <Field
          label="Hours between scheduled syncs"
          hint="0 means only on request; 24 is a day, 168 a week."
          error={errors.interval_hours?.message}
        >
          {(control) => (
            <Input
              {...control}
              type="number"
              min={0}
              max={8760}
              className="w-32!"
              {...form.register("interval_hours", {
                valueAsNumber: true,
                validate: (value) => (Number.isInteger(value) && value >= 0 && value <= 8760) || "A whole number from 0 to 8760.",
              })}
            />
          )}
        </Field>
        <Field
          label="Base address"
          hint={
            <>
              A mirror or GitHub Enterprise in place of <span className="font-mono break-all">{source.default_base_url}</span>; empty means that one. Only hosts that the operator allows.
            </>
          }
          error={errors.base_url?.message}
        >
          {(control) => <Input {...control} type="url" inputMode="url" className="font-mono text-xs!" placeholder={source.default_base_url} {...form.register("base_url")} />}
        </Field>
        {parts.length > 1 && (
          <fieldset>
            <legend className="mb-1 text-xs font-medium">{source.name === ATTACK_SOURCE ? "Domains" : "Parts"}</legend>
            <div className="flex flex-wrap gap-x-5">
              {parts.map((name) => (
                <Checkbox
                  key={name}
                  label={domainLabel(name)}
                  value={name}
                  {...form.register("domains", { validate: (value) => value.length > 0 || "Choose at least one." })}
                />
              ))}
            </div>
            {errors.domains && (
              <p role="alert" className="mt-1 text-xs text-danger">
                {errors.domains.message}
              </p>
            )}
          </fieldset>
        )}
        <Refusal error={update.error} left={left} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
