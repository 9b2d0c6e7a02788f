import { useForm } from "react-hook-form";
import { InlineError } from "@/components/states/inline-error";
import { Field } from "@/components/form/field";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Select } from "@/components/ui/select";
import { ATTACK_SOURCE, useStartSync, type DataSource, type WayName } from "@/features/data-sources/api";
import { domainLabel, wayOptions } from "@/features/data-sources/lib/labels";

interface StartSyncDialogProps {
  source: DataSource;
  /** Only say what a sync would change. */
  preview?: boolean;
  onClose: () => void;
  onStarted: (runId: string) => void;
}

interface Values {
  domains: string[];
  way: WayName;
  force: boolean;
}

export function StartSyncDialog({ source, preview = false, onClose, onStarted }: StartSyncDialogProps) {
  const parts = source.parts.map((part) => part.name);
  const form = useForm<Values>({ defaultValues: { domains: parts.filter((name) => source.domains.includes(name)), way: "auto", force: false } });
  const start = useStartSync(source.name);
  const submit = form.handleSubmit(({ domains, way, force }) =>
    start.mutate(
      { ...(parts.length > 1 && { domains }), way: way === "auto" ? null : way, force, ...(preview && { dry_run: true }) },
      { onSuccess: (run) => onStarted(run.id) },
    ),
  );
  const { errors } = form.formState;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={preview ? `Preview a sync of ${source.title}` : `Sync ${source.title}`}
      description={
        preview
          ? "Fetches, reads and compares, reports what would change, and changes nothing."
          : "Runs in the background; readers see the old content until the new one is whole."
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={start.isPending} onClick={() => void submit()}>
            {preview ? "Start preview" : "Start"}
          </Button>
        </>
      }
    >
      <form onSubmit={(event) => void submit(event)} noValidate className="space-y-4">
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
        <Field label="Fetch from">{(control) => <Select {...control} {...form.register("way")} options={wayOptions(source.ways)} />}</Field>
        <Checkbox
          label="Force"
          hint="Read everything anew, accept an older release and any number of withdrawn items. Recorded in the audit log."
          {...form.register("force")}
        />
        <InlineError error={start.error} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
