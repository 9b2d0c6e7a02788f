import type { ColumnDef } from "@tanstack/react-table";
import { Link } from "react-router";
import { Badge, type BadgeTone } from "@/components/ui/badge";
import { RelativeTime } from "@/components/ui/relative-time";
import { formatBytes } from "@/lib/format";
import type { StoredEvidence } from "@/features/evidence-store/api";

export const STATUSES: Record<StoredEvidence["status"], { label: string; tone: BadgeTone }> = {
  intact: { label: "Intact", tone: "ok" },
  altered: { label: "Altered", tone: "danger" },
  missing: { label: "Missing", tone: "danger" },
  unchecked: { label: "Not checked yet", tone: "neutral" },
  purged: { label: "Destroyed", tone: "neutral" },
};

const SIDES: Record<StoredEvidence["side"], { label: string; tone: BadgeTone }> = {
  red: { label: "Red", tone: "red" },
  blue: { label: "Blue", tone: "blue" },
  remediation: { label: "Remediation", tone: "neutral" },
};

export const inventoryColumns: ColumnDef<StoredEvidence>[] = [
  {
    id: "filename",
    header: "File",
    meta: { sort: "filename" },
    cell: ({ row: { original: file } }) => (
      <span className="flex max-w-80 items-center gap-2">
        <bdi className="truncate" title={file.filename}>
          {file.filename}
        </bdi>
        {file.dangerous && <Badge tone="warn">dangerous</Badge>}
        {file.withdrawn_at && <Badge>withdrawn</Badge>}
      </span>
    ),
  },
  {
    id: "test",
    header: "Test",
    cell: ({ row: { original: file } }) => (
      <Link to={`/tests/${file.test_id}`} className="whitespace-nowrap text-link hover:underline">
        {file.test_number === null ? "Blind test" : `AT-${file.test_number}`}
        <span className="text-muted"> · round {file.round_no}</span>
      </Link>
    ),
  },
  { id: "side", header: "Side", cell: ({ row: { original: file } }) => <Badge tone={SIDES[file.side].tone}>{SIDES[file.side].label}</Badge> },
  { id: "size", header: "Size", meta: { sort: "size", align: "right", className: "whitespace-nowrap" }, cell: ({ row }) => formatBytes(row.original.size) },
  { id: "status", header: "Last check", cell: ({ row: { original: file } }) => <Badge tone={STATUSES[file.status].tone}>{STATUSES[file.status].label}</Badge> },
  {
    id: "checked_at",
    header: "Checked",
    meta: { sort: "checked_at", className: "whitespace-nowrap text-muted" },
    cell: ({ row }) => (row.original.checked_at ? <RelativeTime value={row.original.checked_at} /> : "–"),
  },
  {
    id: "created_at",
    header: "Uploaded",
    meta: { sort: "created_at", className: "whitespace-nowrap text-muted" },
    cell: ({ row: { original: file } }) => (
      <>
        <RelativeTime value={file.uploaded_at} /> by {file.uploaded_by}
      </>
    ),
  },
  {
    id: "sha256",
    header: "SHA-256",
    meta: { cellClassName: "font-mono text-xs text-muted" },
    cell: ({ row }) => <span title={row.original.sha256}>{row.original.sha256.slice(0, 12)}…</span>,
  },
];
