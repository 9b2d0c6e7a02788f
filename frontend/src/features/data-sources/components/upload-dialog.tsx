import { useState } from "react";
import { useForm } from "react-hook-form";
import { Field } from "@/components/form/field";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { Progress } from "@/components/ui/progress";
import { formatBytes, formatRate } from "@/lib/format";
import { useUploadContent, type DataSource } from "@/features/data-sources/api";

interface UploadDialogProps {
  source: DataSource;
  onClose: () => void;
  onStarted: (runId: string) => void;
}

interface Values {
  files: FileList;
  release: string;
  force: boolean;
}

export function UploadDialog({ source, onClose, onStarted }: UploadDialogProps) {
  const form = useForm<Values>({ defaultValues: { release: "", force: false } });
  const upload = useUploadContent(source.name);
  const [sent, setSent] = useState<{ ratio: number; size: number } | null>(null);
  const { errors } = form.formState;
  const submit = form.handleSubmit(({ files, release, force }) => {
    const file = files[0];
    if (!file) return;
    setSent({ ratio: 0, size: file.size });
    upload.mutate(
      { file, release: release.trim(), force, onProgress: (ratio) => setSent({ ratio, size: file.size }) },
      { onSuccess: (run) => onStarted(run.id), onError: () => setSent(null) },
    );
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Upload a bundle"
      description="For an installation without internet: a STIX bundle as .json or .json.gz, at most 200 MB."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={upload.isPending} onClick={() => void submit()}>
            Upload and import
          </Button>
        </>
      }
    >
      <form onSubmit={(event) => void submit(event)} noValidate className="space-y-4">
        <Field label="File" required error={errors.files?.message}>
          {(control) => (
            <Input
              {...control}
              type="file"
              accept=".json,.gz,application/json,application/gzip"
              className="h-auto! py-1 file:mr-3 file:rounded-sm file:border-0 file:bg-hover file:px-2 file:py-1 file:text-sm file:text-fg"
              {...form.register("files", { validate: (files) => files.length > 0 || "Choose a file." })}
            />
          )}
        </Field>
        <Field label="Release" hint="Only when neither the bundle nor the file's name tells it, such as 18.1." error={errors.release?.message}>
          {(control) => (
            <Input
              {...control}
              className="w-32!"
              {...form.register("release", { pattern: { value: /^v?\d{1,3}(\.\d{1,3}){0,2}$/, message: "Write it like 18.1." } })}
            />
          )}
        </Field>
        <Checkbox label="Force" hint="Accept an older release and any number of withdrawn items." {...form.register("force")} />
        {sent && (
          <div className="space-y-1">
            <Progress label="Upload" value={sent.ratio * 100} />
            <p className="tabular text-xs text-muted">
              {formatRate(sent.ratio)} of {formatBytes(sent.size)}
            </p>
          </div>
        )}
        <InlineError error={upload.error} />
      </form>
    </Dialog>
  );
}
