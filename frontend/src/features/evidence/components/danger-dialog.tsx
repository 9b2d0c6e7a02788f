import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import type { Evidence } from "@/features/evidence/api";

/** Warns before a file leaves the store that could run when opened. */
export function DangerDialog({ item, onClose, onDownload }: { item: Evidence; onClose: () => void; onDownload: () => void }) {
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Opening this file could run something"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="danger" onClick={onDownload}>
            Download all the same
          </Button>
        </>
      }
    >
      <div className="space-y-2 text-sm">
        <p className="break-all">
          <span className="font-mono text-xs">{item.filename}</span> is {item.content_type}.
        </p>
        <p>
          It downloads unchanged, with <span className="font-mono text-xs">.danger</span> added to its name so that a click does not start it. Handle it on a
          machine made for that.
        </p>
      </div>
    </Dialog>
  );
}
