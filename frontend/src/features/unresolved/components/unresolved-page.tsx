import { Link, useNavigate } from "react-router";
import { useQuery } from "@tanstack/react-query";
import type { ColumnDef } from "@tanstack/react-table";
import { DataTable } from "@/components/data-table/data-table";
import { FilterBar, SearchField } from "@/components/data-table/filter-bar";
import { useTableParams } from "@/components/data-table/use-table-params";
import { EmptyState } from "@/components/states/empty-state";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { Select } from "@/components/ui/select";
import { formatCount } from "@/lib/format";
import { SOURCE_LABELS, sourceLabel } from "@/lib/sources";
import { unresolvedQuery, type UnresolvedId } from "@/features/unresolved/api";
import { itemsLine } from "@/features/unresolved/words";

const pathOf = (item: UnresolvedId) => `/system/unresolved/${encodeURIComponent(item.attack_id)}`;

const COLUMNS: ColumnDef<UnresolvedId>[] = [
  {
    id: "attack_id",
    header: "Id",
    meta: { className: "whitespace-nowrap" },
    cell: ({ row }) => (
      <Link to={pathOf(row.original)} className="font-mono text-xs font-medium hover:underline">
        {row.original.attack_id}
      </Link>
    ),
  },
  { id: "name", header: "As a source calls it", meta: { className: "min-w-48 max-w-72" }, cell: ({ row }) => <span title={row.original.name ?? undefined} className="block truncate">{row.original.name ?? "–"}</span> },
  {
    id: "why",
    header: "Why",
    cell: ({ row }) => (row.original.ambiguous ? <Badge tone="warn">Several are meant</Badge> : <Badge>Not in our release</Badge>),
  },
  { id: "links", header: "Items", meta: { align: "right" }, cell: ({ row }) => <span title={itemsLine(row.original)}>{formatCount(row.original.links)}</span> },
  { id: "sources", header: "Named by", meta: { className: "whitespace-nowrap text-muted" }, cell: ({ row }) => row.original.sources.map(sourceLabel).join(", ") },
  {
    id: "candidates",
    header: "Proposals",
    cell: ({ row }) =>
      row.original.candidates.length === 0 ? (
        <span className="text-muted">none</span>
      ) : (
        <span className="font-mono text-xs whitespace-nowrap">{row.original.candidates.map((item) => item.attack_id).join(", ")}</span>
      ),
  },
];

const SOURCES = Object.entries(SOURCE_LABELS)
  .filter(([name]) => name !== "custom")
  .map(([value, label]) => ({ value, label }));

/** Technique ids that content names and that mean nothing, or too much, in our release. */
export function UnresolvedPage() {
  const navigate = useNavigate();
  const { table, get, setFilter, setSort, setOffset, setLimit, clear } = useTableParams();
  const ids = useQuery(unresolvedQuery({ source: get("source"), q: get("q"), limit: table.limit, offset: table.offset }));
  const filtered = get("source") !== "" || get("q") !== "";
  return (
    <>
      <PageHeader
        title="Unresolved Ids"
        description="Technique ids in templates, rules and mappings that our ATT&CK release does not know, or knows several of. Nothing is dropped: each sync of ATT&CK looks at them anew, and a lead may say what they mean."
      />
      <Card flush>
        <FilterBar onClear={filtered ? clear : undefined}>
          <SearchField label="Search ids" placeholder="Id or name" value={get("q")} onChange={(value) => setFilter("q", value)} />
          <Select aria-label="Source" className="w-44!" placeholder="Any source" options={SOURCES} value={get("source")} onChange={(event) => setFilter("source", event.target.value)} />
        </FilterBar>
        <DataTable
          caption="Unresolved ids"
          columns={COLUMNS}
          query={ids}
          rowId={(item) => item.attack_id}
          params={table}
          onSort={setSort}
          onOffset={setOffset}
          onLimit={setLimit}
          onRowClick={(item) => void navigate(pathOf(item))}
          empty={
            filtered ? (
              <EmptyState title="No id matches" action={<Button onClick={clear}>Clear filters</Button>} />
            ) : (
              <EmptyState title="Everything is resolved">Every technique id that content names is known to our release of ATT&CK.</EmptyState>
            )
          }
        />
      </Card>
    </>
  );
}
