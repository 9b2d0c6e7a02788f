import { useForm } from "react-hook-form";
import { InlineError } from "@/components/states/inline-error";
import { Field } from "@/components/form/field";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Select } from "@/components/ui/select";
import { useStartSync, type DataSource, type DomainName, type WayName } from "@/features/data-sources/api";
import { DOMAINS, WAYS } from "@/features/data-sources/lib/labels";

interface StartSyncDialogProps {
  source: DataSource;
  onClose: () => void;
  onStarted: (runId: string) => void;
}

interface Values {
  domains: DomainName[];
  way: WayName;
  force: boolean;
}

export function StartSyncDialog({ source, onClose, onStarted }: StartSyncDialogProps) {
  const wanted = DOMAINS.map((domain) => domain.value).filter((name) => source.domains.includes(name));
  const form = useForm<Values>({ defaultValues: { domains: wanted, way: "auto", force: false } });
  const start = useStartSync(source.name);
  const submit = form.handleSubmit(({ domains, way, force }) =>
    start.mutate({ domains, way: way === "auto" ? null : way, force }, { onSuccess: (run) => onStarted(run.id) }),
  );
  const { errors } = form.formState;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Sync ${source.title}`}
      description="Runs in the background; readers see the old content until the new one is whole."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={start.isPending} onClick={() => void submit()}>
            Start
          </Button>
        </>
      }
    >
      <form onSubmit={(event) => void submit(event)} noValidate className="space-y-4">
        <fieldset>
          <legend className="mb-1 text-xs font-medium">Domains</legend>
          <div className="flex gap-5">
            {DOMAINS.map((domain) => (
              <Checkbox
                key={domain.value}
                label={domain.label}
                value={domain.value}
                {...form.register("domains", { validate: (value) => value.length > 0 || "Choose at least one domain." })}
              />
            ))}
          </div>
          {errors.domains && (
            <p role="alert" className="mt-1 text-xs text-danger">
              {errors.domains.message}
            </p>
          )}
        </fieldset>
        <Field label="Fetch from">{(control) => <Select {...control} {...form.register("way")} options={WAYS} />}</Field>
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
