import { useMemo, useState } from "react";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import type { ColumnDef, RowSelectionState } from "@tanstack/react-table";
import { DataTable } from "@/components/data-table/data-table";
import { useTableParams } from "@/components/data-table/use-table-params";
import { EmptyState } from "@/components/states/empty-state";
import { QueryView } from "@/components/states/query-view";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { usePageTitle } from "@/hooks/use-page-title";
import { humanise } from "@/lib/format";
import { sourceLabel } from "@/lib/sources";
import { linksQuery, oneUnresolvedQuery, type UnresolvedLink } from "@/features/unresolved/api";
import { MeaningCard } from "@/features/unresolved/components/meaning-card";
import { itemsLine } from "@/features/unresolved/words";

const PAGES: Record<string, string> = { template: "/catalog", rule: "/detection-rules" };

function ItemName({ link }: { link: UnresolvedLink }) {
  const base = PAGES[link.kind];
  const name = link.name || link.upstream_id;
  if (!base || !link.item_id) return <span title={name}>{name}</span>;
  return (
    <Link to={`${base}/${link.item_id}`} title={name} className="hover:underline">
      {name}
    </Link>
  );
}

const COLUMNS: ColumnDef<UnresolvedLink>[] = [
  {
    id: "select",
    header: ({ table }) => (
      <input type="checkbox" aria-label="Select all on this page" checked={table.getIsAllRowsSelected()} onChange={table.getToggleAllRowsSelectedHandler()} className="size-4 align-middle accent-accent" />
    ),
    meta: { className: "w-8 pr-0!" },
    cell: ({ row }) => (
      <input type="checkbox" aria-label={`Select ${row.original.name || row.original.upstream_id}`} checked={row.getIsSelected()} onChange={row.getToggleSelectedHandler()} className="size-4 align-middle accent-accent" />
    ),
  },
  { id: "name", header: "Item", meta: { className: "min-w-52 max-w-96 truncate" }, cell: ({ row }) => <ItemName link={row.original} /> },
  { id: "kind", header: "Kind", meta: { className: "whitespace-nowrap text-muted" }, cell: ({ row }) => humanise(row.original.kind) },
  { id: "source", header: "Source", meta: { className: "whitespace-nowrap text-muted" }, cell: ({ row }) => sourceLabel(row.original.source) },
  { id: "tactic", header: "Tactic", meta: { className: "whitespace-nowrap text-muted" }, cell: ({ row }) => (row.original.tactic ? humanise(row.original.tactic) : "–") },
  { id: "moved", header: "Named before", meta: { className: "whitespace-nowrap font-mono text-xs" }, cell: ({ row }) => row.original.moved_from.join(", ") || "–" },
  {
    id: "meaning",
    header: "Means",
    meta: { className: "whitespace-nowrap" },
    cell: ({ row: { original: link } }) =>
      link.technique ? (
        <Link to={`/techniques/${link.technique}`} className="link font-mono text-xs">
          {link.technique}
        </Link>
      ) : (
        <Badge tone={link.resolution === "ambiguous" ? "warn" : "neutral"}>{humanise(link.resolution)}</Badge>
      ),
  },
];

/** One id: what it could mean, and every item that names it. */
export function UnresolvedIdPage({ attackId }: { attackId: string }) {
  const known = useQuery(oneUnresolvedQuery(attackId));
  const { table, setSort, setOffset, setLimit } = useTableParams();
  const links = useQuery(linksQuery(attackId, table.limit, table.offset));
  const [selection, setSelection] = useState<RowSelectionState>({});
  const linkIds = useMemo(() => Object.keys(selection).filter((id) => selection[id]), [selection]);
  usePageTitle(known.data?.name ? `${attackId} · ${known.data.name}` : attackId);
  return (
    <>
      <PageHeader
        title={<span className="font-mono">{attackId}</span>}
        meta={known.data && (known.data.ambiguous ? <Badge tone="warn">Several are meant</Badge> : <Badge>Not in our release</Badge>)}
        description={known.data ? [known.data.name, itemsLine(known.data)].filter(Boolean).join(" · ") : known.data === null ? "Nothing of it is open any more." : undefined}
      />
      <div className="space-y-4">
        <QueryView query={known} what="The id">
          {(data) => <MeaningCard key={data?.candidates.length ?? 0} attackId={attackId} known={data} linkIds={linkIds} onDone={() => setSelection({})} />}
        </QueryView>
        <Card title="Items that name it" flush>
          <DataTable
            caption="Items that name it"
            columns={COLUMNS}
            query={links}
            rowId={(link) => link.id}
            params={table}
            onSort={setSort}
            onOffset={setOffset}
            onLimit={setLimit}
            selection={{ value: selection, onChange: setSelection }}
            empty={<EmptyState title="No item names it">It may have been resolved by a sync, or its publisher dropped it.</EmptyState>}
          />
        </Card>
      </div>
    </>
  );
}
