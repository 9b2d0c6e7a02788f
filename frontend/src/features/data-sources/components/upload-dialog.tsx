import { useState } from "react";
import { useForm } from "react-hook-form";
import { Field } from "@/components/form/field";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { Progress } from "@/components/ui/progress";
import { formatBytes, formatRate } from "@/lib/format";
import { ATTACK_SOURCE, useUploadContent, type DataSource } from "@/features/data-sources/api";
import { domainLabel } from "@/features/data-sources/lib/labels";

interface UploadDialogProps {
  source: DataSource;
  onClose: () => void;
  onStarted: (runId: string) => void;
}

interface Values {
  files: FileList;
  release: string;
  part: string;
  force: boolean;
  preview: boolean;
}

const ATTACK_FILE = { title: "Upload a bundle", accept: ".json,.gz,application/json,application/gzip", about: "For an installation without internet: a STIX bundle as .json or .json.gz, at most 200 MB." };
const ARCHIVE = { title: "Upload an archive", accept: ".gz,.tgz,.zip,application/gzip,application/zip", about: "For an installation without internet: the publisher's archive as .tar.gz or .zip, at most 200 MB." };

export function UploadDialog({ source, onClose, onStarted }: UploadDialogProps) {
  const form = useForm<Values>({ defaultValues: { release: "", part: "", force: false, preview: false } });
  const isAttack = source.name === ATTACK_SOURCE;
  const look = isAttack ? ATTACK_FILE : ARCHIVE;
  const upload = useUploadContent(source.name);
  const [sent, setSent] = useState<{ ratio: number; size: number } | null>(null);
  const { errors } = form.formState;
  const submit = form.handleSubmit(({ files, release, part, force, preview }) => {
    const file = files[0];
    if (!file) return;
    setSent({ ratio: 0, size: file.size });
    upload.mutate(
      { file, release: release.trim(), part, force, preview, onProgress: (ratio) => setSent({ ratio, size: file.size }) },
      { onSuccess: (run) => onStarted(run.id), onError: () => setSent(null) },
    );
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`${look.title} of ${source.title}`}
      description={look.about}
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
              accept={look.accept}
              className="h-auto! py-1 file:mr-3 file:rounded-sm file:border-0 file:bg-hover file:px-2 file:py-1 file:text-sm file:text-fg"
              {...form.register("files", { validate: (files) => files.length > 0 || "Choose a file." })}
            />
          )}
        </Field>
        {!isAttack && source.parts.length > 1 && (
          <Field label="Which part the file is" required error={errors.part?.message}>
            {(control) => (
              <Select
                {...control}
                placeholder="Choose"
                options={source.parts.map((part) => ({ value: part.name, label: domainLabel(part.name) }))}
                {...form.register("part", { required: "Say which part it is." })}
              />
            )}
          </Field>
        )}
        {isAttack && <Field label="Release" hint="Only when neither the bundle nor the file's name tells it, such as 18.1." error={errors.release?.message}>
          {(control) => (
            <Input
              {...control}
              className="w-32!"
              {...form.register("release", { pattern: { value: /^v?\d{1,3}(\.\d{1,3}){0,2}$/, message: "Write it like 18.1." } })}
            />
          )}
        </Field>}
        <Checkbox label="Only preview" hint="Report what the file would change, and change nothing." {...form.register("preview")} />
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
