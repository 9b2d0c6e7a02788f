import { useRef, useState } from "react";
import { Upload as UploadIcon, X } from "lucide-react";
import { errorText } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Copyable } from "@/components/ui/copyable";
import { Input } from "@/components/ui/input";
import { Progress } from "@/components/ui/progress";
import type { Team } from "@/features/evidence/api";
import { useUploads, type Upload } from "@/features/evidence/lib/use-uploads";
import { cn } from "@/lib/cn";
import { formatBytes } from "@/lib/format";

function Row({ upload, onCancel, onDismiss }: { upload: Upload; onCancel: () => void; onDismiss: () => void }) {
  const under = upload.state === "waiting" || upload.state === "sending";
  const sentAll = upload.state === "sending" && upload.sent >= upload.size;
  return (
    <li className="space-y-1 py-1.5 text-sm">
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate">{upload.name}</span>
        <span className="tabular text-xs text-muted">
          {under ? `${formatBytes(upload.sent)} of ${formatBytes(upload.size)}` : formatBytes(upload.size)}
        </span>
        <Button size="sm" variant="ghost" aria-label={under ? `Cancel ${upload.name}` : `Dismiss ${upload.name}`} onClick={under ? onCancel : onDismiss}>
          <X aria-hidden className="size-3.5" />
        </Button>
      </div>
      {under && <Progress label={`Upload of ${upload.name}`} value={upload.sent} max={upload.size} />}
      <div role="status" className="text-xs text-muted">
        {upload.state === "waiting" && "Waits for its turn"}
        {sentAll && "Sent; the server finishes the hash"}
        {upload.state === "cancelled" && "Cancelled; nothing is stored"}
        {upload.state === "done" && upload.sha256 && (
          <span className="flex flex-wrap items-center gap-x-1">
            Stored, SHA-256 <Copyable value={upload.sha256} label={`hash of ${upload.name}`} />
          </span>
        )}
      </div>
      {upload.state === "failed" && (
        <p role="alert" className="text-xs text-danger">
          Not stored: {errorText(upload.error)}
        </p>
      )}
    </li>
  );
}

/** Takes files by dropping or choosing, several at once. */
export function DropZone({ testId, team, late }: { testId: string; team: Team; late: boolean }) {
  const picker = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [notes, setNotes] = useState("");
  const { uploads, add, cancel, dismiss } = useUploads(testId, team);
  const take = (files: FileList | null) => {
    if (files && files.length > 0) add([...files], notes.trim());
  };
  return (
    <div className="space-y-2">
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer.files);
        }}
        className={cn("flex flex-wrap items-center gap-2 rounded-md border border-dashed border-line-strong/70 px-3 py-2.5", over && "border-accent bg-accent-soft")}
      >
        <UploadIcon aria-hidden className="size-4 text-muted" />
        <p className="min-w-0 flex-1 basis-40 text-sm text-muted">Drop files here, or choose them.{late && " The side has handed over: they are marked late."}</p>
        <span className="block w-44">
          <Input aria-label={`Note for the next ${team} files`} placeholder="Note (optional)" value={notes} maxLength={20_000} onChange={(event) => setNotes(event.target.value)} />
        </span>
        <Button onClick={() => picker.current?.click()}>Choose files</Button>
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          data-testid={`files-${team}`}
          onChange={(event) => {
            take(event.target.files);
            event.target.value = "";
          }}
        />
      </div>
      {uploads.length > 0 && (
        <ul aria-label="Uploads" className="divide-y">
          {uploads.map((upload) => (
            <Row key={upload.key} upload={upload} onCancel={() => cancel(upload.key)} onDismiss={() => dismiss(upload.key)} />
          ))}
        </ul>
      )}
    </div>
  );
}
