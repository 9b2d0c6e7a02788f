import { useState } from "react";
import { FileImage, FileText, FileWarning, File as FileIcon, MoreHorizontal } from "lucide-react";
import { InlineError } from "@/components/states/inline-error";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Copyable } from "@/components/ui/copyable";
import { Menu, MenuItem } from "@/components/ui/menu";
import { RelativeTime } from "@/components/ui/relative-time";
import { useDownload, useVerify, type Evidence } from "@/features/evidence/api";
import { DangerDialog } from "@/features/evidence/components/danger-dialog";
import { EvidenceDialog } from "@/features/evidence/components/evidence-dialog";
import { VerifyResult } from "@/features/evidence/components/verify-result";
import { WithdrawDialog } from "@/features/evidence/components/withdraw-dialog";
import { canPreview, isImage } from "@/features/evidence/lib/kinds";
import { cn } from "@/lib/cn";
import { formatBytes } from "@/lib/format";
import { nameOf } from "@/lib/people";

interface EvidenceItemProps {
  item: Evidence;
  mayWithdraw: boolean;
}

function KindIcon({ item }: { item: Evidence }) {
  const className = cn("mt-0.5 size-4 shrink-0", item.dangerous ? "text-warn" : "text-muted");
  if (item.dangerous) return <FileWarning aria-hidden className={className} />;
  if (isImage(item)) return <FileImage aria-hidden className={className} />;
  return canPreview(item) ? <FileText aria-hidden className={className} /> : <FileIcon aria-hidden className={className} />;
}

/** One file: what it is, whose, and what can be done with it. */
export function EvidenceItem({ item, mayWithdraw }: EvidenceItemProps) {
  const [open, setOpen] = useState<"details" | "danger" | "withdraw" | null>(null);
  const download = useDownload(item.test_id);
  const verify = useVerify(item.test_id);
  const withdrawn = item.withdrawn_at !== null;
  const fetchFile = () =>
    download.mutate(item.id, {
      // The link answers as an attachment, so the page stays.
      onSuccess: ({ url }) => window.location.assign(url),
    });
  return (
    <li className="py-2">
      <div className="flex items-start gap-2">
        <KindIcon item={item} />
        <div className="min-w-0 flex-1 text-sm">
          <div className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
            <button
              type="button"
              onClick={() => setOpen("details")}
              className={cn("rounded-sm text-left break-all hover:underline", withdrawn ? "text-muted line-through" : "font-medium")}
            >
              {item.filename}
            </button>
            <span className="tabular text-xs text-muted">{formatBytes(item.size)}</span>
            {item.late && <Badge tone="warn">Late: after the hand-over</Badge>}
            {item.dangerous && <Badge tone="danger">Dangerous to open</Badge>}
            {item.carried && <Badge>Carried over</Badge>}
            {item.sensitivity !== "normal" && <Badge tone="warn">{item.sensitivity === "secret" ? "Secret" : "Sensitive"}</Badge>}
          </div>
          {(item.caption || item.notes) && <p className="break-words">{[item.caption, item.notes].filter(Boolean).join(" · ")}</p>}
          <p className="flex flex-wrap items-center gap-x-2 text-xs text-muted">
            <span>
              {nameOf(item.uploaded_by)}, <RelativeTime value={item.uploaded_at} />
            </span>
            <Copyable value={item.sha256} display={`sha256 ${item.sha256.slice(0, 12)}…`} label={`SHA-256 of ${item.filename}`} />
          </p>
          {withdrawn && (
            <p className="text-xs text-warn">
              Withdrawn by {item.withdrawn_by && nameOf(item.withdrawn_by)} <RelativeTime value={item.withdrawn_at} />: {item.withdraw_reason}
            </p>
          )}
          {verify.data && <VerifyResult result={verify.data} />}
          <InlineError error={download.error ?? verify.error} />
        </div>
        {!withdrawn && (
          <Menu
            trigger={
              <Button size="sm" variant="ghost" aria-label={`Actions for ${item.filename}`}>
                <MoreHorizontal aria-hidden className="size-4" />
              </Button>
            }
          >
            <MenuItem onSelect={() => setOpen("details")}>{canPreview(item) ? "Preview" : "Details"}</MenuItem>
            <MenuItem onSelect={() => (item.dangerous ? setOpen("danger") : fetchFile())}>Download</MenuItem>
            <MenuItem onSelect={() => verify.mutate(item.id)}>Verify the hash</MenuItem>
            {mayWithdraw && (
              <MenuItem danger onSelect={() => setOpen("withdraw")}>
                Withdraw
              </MenuItem>
            )}
          </Menu>
        )}
      </div>
      {open === "details" && <EvidenceDialog item={item} onClose={() => setOpen(null)} onDownload={() => (item.dangerous ? setOpen("danger") : fetchFile())} />}
      {open === "danger" && (
        <DangerDialog
          item={item}
          onClose={() => setOpen(null)}
          onDownload={() => {
            setOpen(null);
            fetchFile();
          }}
        />
      )}
      {open === "withdraw" && <WithdrawDialog item={item} onClose={() => setOpen(null)} />}
    </li>
  );
}
