import { useQuery } from "@tanstack/react-query";
import { DataTable } from "@/components/data-table/data-table";
import { FilterBar, SearchField } from "@/components/data-table/filter-bar";
import { useTableParams } from "@/components/data-table/use-table-params";
import { EmptyState } from "@/components/states/empty-state";
import { InlineError } from "@/components/states/inline-error";
import { QueryView } from "@/components/states/query-view";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { Select } from "@/components/ui/select";
import { formatBytes, formatCount } from "@/lib/format";
import { inventoryQuery, summaryQuery, useSaveInventory, type InventoryParams, type StoredEvidence, type StoreSummary } from "@/features/evidence-store/api";
import { inventoryColumns, STATUSES } from "@/features/evidence-store/components/inventory-columns";
import { StoreCheck } from "@/features/evidence-store/components/store-check";

const STATUS_OPTIONS = Object.entries(STATUSES).map(([value, { label }]) => ({ value, label }));
const SIDE_OPTIONS = [
  { value: "red", label: "Red" },
  { value: "blue", label: "Blue" },
  { value: "remediation", label: "Remediation" },
];
const statusOf = (value: string) => STATUS_OPTIONS.find((option) => option.value === value)?.value as StoredEvidence["status"] | undefined;
const sideOf = (value: string) => SIDE_OPTIONS.find((option) => option.value === value)?.value as StoredEvidence["side"] | undefined;
const SORTS: readonly string[] = ["created_at", "size", "filename", "checked_at"];

function Sums({ summary, onStatus }: { summary: StoreSummary; onStatus: (status: string) => void }) {
  const { intact = 0, altered = 0, missing = 0, unchecked = 0 } = summary.by_status;
  const wrong = altered + missing;
  const tiles = [
    { label: "Files", value: formatCount(summary.files), status: "" },
    { label: "Stored", value: formatBytes(summary.size), note: summary.free_bytes === null ? undefined : `${formatBytes(summary.free_bytes)} free` },
    { label: "Intact", value: formatCount(intact), status: "intact" },
    { label: "Altered or missing", value: formatCount(wrong), status: altered > 0 ? "altered" : "missing", bad: wrong > 0 },
    { label: "Not checked yet", value: formatCount(unchecked), status: "unchecked" },
  ];
  return (
    <dl className="mb-4 grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5">
      {tiles.map((tile) => (
        <div key={tile.label} className="rounded-lg border bg-surface px-4 py-3">
          <dt className="text-xs text-muted">{tile.label}</dt>
          <dd className={`text-xl font-semibold tabular ${tile.bad ? "text-danger" : ""}`}>
            {tile.status === undefined ? (
              tile.value
            ) : (
              <button type="button" className="rounded-sm hover:underline" onClick={() => onStatus(tile.status)}>
                {tile.value}
              </button>
            )}
          </dd>
          {tile.note && <dd className="text-xs text-muted">{tile.note}</dd>}
        </div>
      ))}
    </dl>
  );
}

/** All evidence of all tests, for those who look after it. */
export function EvidenceStorePage() {
  const { table, get, setFilter, setSort, setOffset, setLimit, clear } = useTableParams("-created_at");
  const [q, status, side] = [get("q"), statusOf(get("status")), sideOf(get("side"))];
  const sort = SORTS.includes((table.sort ?? "").replace("-", "")) ? (table.sort as InventoryParams["sort"]) : undefined;
  const filters: InventoryParams = { ...(q && { q }), ...(status && { status: [status] }), ...(side && { side: [side] }), ...(sort && { sort }) };
  const files = useQuery(inventoryQuery({ limit: table.limit, offset: table.offset, ...filters }));
  const summary = useQuery(summaryQuery());
  const save = useSaveInventory();
  return (
    <>
      <PageHeader
        title="Evidence"
        description="Every file of every test: where it stands, and when it was last proven to be what was uploaded."
        actions={
          <Button pending={save.isPending} onClick={() => save.mutate(filters)}>
            Export as CSV
          </Button>
        }
      />
      <InlineError error={save.error} />
      <QueryView query={summary}>
        {(data) => (
          <>
            <Sums summary={data} onStatus={(value) => setFilter("status", value)} />
            <StoreCheck last={data.last_check} />
          </>
        )}
      </QueryView>
      <Card flush>
        <FilterBar onClear={q || status || side ? clear : undefined}>
          <SearchField label="Search evidence" value={q} onChange={(value) => setFilter("q", value)} />
          <Select aria-label="Last check" className="w-44!" placeholder="Any result" options={STATUS_OPTIONS} value={status ?? ""} onChange={(event) => setFilter("status", event.target.value)} />
          <Select aria-label="Side" className="w-36!" placeholder="Every side" options={SIDE_OPTIONS} value={side ?? ""} onChange={(event) => setFilter("side", event.target.value)} />
        </FilterBar>
        <DataTable
          caption="Evidence"
          columns={inventoryColumns}
          query={files}
          rowId={(file) => file.id}
          params={table}
          onSort={setSort}
          onOffset={setOffset}
          onLimit={setLimit}
          empty={<EmptyState title="No file matches">Files appear here as soon as they are uploaded to a test.</EmptyState>}
        />
      </Card>
    </>
  );
}
