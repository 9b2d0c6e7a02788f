import { useQuery } from "@tanstack/react-query";
import { QueryView } from "@/components/states/query-view";
import { Button } from "@/components/ui/button";
import { Copyable } from "@/components/ui/copyable";
import { Dialog } from "@/components/ui/dialog";
import { Fact, Facts } from "@/components/ui/facts";
import { RelativeTime } from "@/components/ui/relative-time";
import { evidenceDetailQuery, type Evidence } from "@/features/evidence/api";
import { Preview } from "@/features/evidence/components/preview";
import { canPreview } from "@/features/evidence/lib/kinds";
import { formatBytes } from "@/lib/format";
import { nameOf } from "@/lib/people";

const CUSTODY = {
  received: "received",
  link_issued: "asked for a download link",
  fetched: "downloaded",
  previewed: "looked at the preview",
  verified: "verified: intact",
  altered: "verified: altered",
  missing: "verified: missing",
  withdrawn: "withdrew",
  purged: "purged",
};

function Custody({ item }: { item: Evidence }) {
  const detail = useQuery(evidenceDetailQuery(item.test_id, item.id));
  return (
    <details className="mt-4 border-t pt-3">
      <summary className="text-sm font-medium">Chain of custody</summary>
      <QueryView query={detail} what="The chain of custody">
        {(whole) => (
          <ul className="mt-2 max-h-48 space-y-1 overflow-y-auto text-sm">
            {whole.custody.map((entry, index) => (
              <li key={index} className="flex flex-wrap justify-between gap-x-4">
                <span>
                  {entry.actor} <span className="text-muted">{CUSTODY[entry.kind]}</span>
                </span>
                <RelativeTime value={entry.at} className="text-xs text-muted" />
              </li>
            ))}
          </ul>
        )}
      </QueryView>
    </details>
  );
}

interface EvidenceDialogProps {
  item: Evidence;
  onClose: () => void;
  onDownload: () => void;
}

/** A file in full: preview where there is one, facts, who had it in hand. */
export function EvidenceDialog({ item, onClose, onDownload }: EvidenceDialogProps) {
  const available = item.withdrawn_at === null;
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      variant="wide"
      title={<span className="break-all">{item.filename}</span>}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          {available && (
            <Button variant="primary" onClick={onDownload}>
              Download
            </Button>
          )}
        </>
      }
    >
      {available && canPreview(item) && (
        <div className="mb-4">
          <Preview item={item} />
        </div>
      )}
      <Facts>
        <Fact label="Caption">{item.caption}</Fact>
        <Fact label="Notes">{item.notes}</Fact>
        <Fact label="Type">
          {item.content_type}, {formatBytes(item.size)}
        </Fact>
        <Fact label="SHA-256">
          <Copyable value={item.sha256} label="SHA-256" />
        </Fact>
        <Fact label="Added">
          {nameOf(item.uploaded_by)}, <RelativeTime value={item.uploaded_at} />
        </Fact>
        <Fact label="Gathered">{item.collected_at && <RelativeTime value={item.collected_at} />}</Fact>
        <Fact label="From">{item.collected_from}</Fact>
        <Fact label="Withdrawn">{item.withdraw_reason}</Fact>
      </Facts>
      <Custody item={item} />
    </Dialog>
  );
}
