import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { Field } from "@/components/form/field";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { Progress } from "@/components/ui/progress";
import { formatBytes, formatRate } from "@/lib/format";
import { useUploadPack, type Pack } from "@/features/data-sources/api";
import { PackManifest } from "@/features/data-sources/components/pack-manifest";
import { PackRuns } from "@/features/data-sources/components/pack-runs";

interface Values {
  files: FileList | null;
  preview: boolean;
  force: boolean;
  confirm: string;
}

/** Takes a content pack in two steps: first what it is and who signed it, then the import of just that. */
export function PackDialog({ onClose }: { onClose: () => void }) {
  const form = useForm<Values>({ defaultValues: { files: null, preview: false, force: false, confirm: "" } });
  const upload = useUploadPack();
  const [pack, setPack] = useState<Pack | null>(null);
  const [sent, setSent] = useState<{ ratio: number; size: number } | null>(null);
  const preview = useWatch({ control: form.control, name: "preview" });
  const { errors } = form.formState;
  const started = (pack?.runs.length ?? 0) > 0;
  // A preview changes nothing, so it asks for no word.
  const mustConfirm = pack !== null && pack.trust !== "trusted" && !preview;
  const submit = form.handleSubmit(({ files, force, confirm }) => {
    const file = files?.[0];
    if (!file || started) return;
    const onProgress = (ratio: number) => setSent({ ratio, size: file.size });
    onProgress(0);
    const asked = pack ? { preview, force, confirm: mustConfirm ? confirm.trim() : undefined } : { check: true };
    upload.mutate({ file, onProgress, ...asked }, { onSuccess: setPack, onSettled: () => setSent(null) });
  });
  const startAnew = () => {
    // Not reset(): that would empty the file's field too.
    form.setValue("preview", false);
    form.setValue("force", false);
    form.setValue("confirm", "");
    setPack(null);
    upload.reset();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      variant="wide"
      title="Upload a content pack"
      description="For an installation without internet: content of several publishers in one file that aegis content export wrote, at most 1 GiB."
      footer={
        started ? (
          <Button variant="primary" onClick={onClose}>
            Close
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button variant="primary" pending={upload.isPending} onClick={() => void submit()}>
              {pack ? (preview ? "Upload and preview" : "Upload and import") : "Look at it"}
            </Button>
          </>
        )
      }
    >
      {started && pack ? (
        <div className="space-y-3 text-sm">
          <p role="status">
            {preview ? "Each run reports what the pack would change." : "The pack is being imported."} Its runs go on when this is closed.
          </p>
          <PackRuns runs={pack.runs} />
        </div>
      ) : (
        <form onSubmit={(event) => void submit(event)} noValidate className="space-y-4">
          <Field label="File" required error={errors.files?.message} hint={pack ? undefined : "It is sent to be looked at; nothing is imported yet."}>
            {(control) => (
              <Input
                {...control}
                type="file"
                disabled={upload.isPending}
                className="h-auto! py-1 file:mr-3 file:rounded-sm file:border-0 file:bg-hover file:px-2 file:py-1 file:text-sm file:text-fg"
                {...form.register("files", { validate: (files) => (files?.length ?? 0) > 0 || "Choose a file.", onChange: startAnew })}
              />
            )}
          </Field>
          {pack && (
            <>
              <PackManifest pack={pack} />
              <Checkbox label="Only preview" hint="Report what the pack would change, and change nothing." {...form.register("preview")} />
              <Checkbox label="Force" hint="Accept older releases and any number of withdrawn items." {...form.register("force")} />
            </>
          )}
          {mustConfirm && (
            <Field label={`Type ${pack.name} to import it all the same`} required hint="The audit trail keeps that you did." error={errors.confirm?.message}>
              {(control) => (
                <Input
                  {...control}
                  autoComplete="off"
                  spellCheck={false}
                  className="max-w-md font-mono text-xs!"
                  {...form.register("confirm", { validate: (value) => value.trim() === pack.name || "This is not the pack's name." })}
                />
              )}
            </Field>
          )}
          {sent && (
            <div className="space-y-1">
              <Progress label="Upload" value={sent.ratio * 100} />
              <p className="tabular text-xs text-muted">
                {formatRate(sent.ratio)} of {formatBytes(sent.size)}
              </p>
            </div>
          )}
          <InlineError error={upload.error} />
          <button type="submit" hidden />
        </form>
      )}
    </Dialog>
  );
}
