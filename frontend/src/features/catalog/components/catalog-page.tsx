import { Link, useNavigate } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import { DataTable } from "@/components/data-table/data-table";
import { FilterBar, SearchField } from "@/components/data-table/filter-bar";
import { useTableParams } from "@/components/data-table/use-table-params";
import { TechniquePicker } from "@/components/pickers/technique-picker";
import { EmptyState } from "@/components/states/empty-state";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { MultiSelect } from "@/components/ui/multi-select";
import { PageHeader } from "@/components/ui/page-header";
import { Select } from "@/components/ui/select";
import { sourceLabel } from "@/lib/sources";
import { PLATFORMS } from "@/lib/platforms";
import { catalogQuery, statsQuery } from "@/features/catalog/api";
import { CATALOG_COLUMNS } from "@/features/catalog/components/catalog-columns";
import { CatalogStats } from "@/features/catalog/components/stats-card";
import { catalogParams, FILTERS } from "@/features/catalog/lib/list-params";

const TESTED = [
  { value: "false", label: "Never tested" },
  { value: "true", label: "Tested" },
];
const HELD = [
  { value: "true", label: "Held for release" },
  { value: "false", label: "Not held" },
];
const ACTIVE = [
  { value: "true", label: "Can be used" },
  { value: "false", label: "Switched off or withdrawn" },
];

/** All procedures that a test can be made of; the address holds the whole question. */
export function CatalogPage() {
  const navigate = useNavigate();
  const mayEdit = useCan("template:edit");
  const maySync = useCan("content:manage");
  const params = useTableParams();
  const { table, get, getAll, setFilter, setSort, setOffset, setLimit, clear } = params;
  const templates = useQuery(catalogQuery(catalogParams(params, table)));
  const stats = useQuery(statsQuery());
  const names = (rows: { name: string }[] | undefined) => (rows ?? []).map((row) => row.name);
  const platforms = stats.data ? names(stats.data.by_platform) : [...PLATFORMS];
  const filtered = FILTERS.some((name) => get(name));
  const technique = get("technique");
  return (
    <>
      <PageHeader
        title="Test Catalog"
        description="Procedures of the publishers and our own. A test starts from one of them, with its inputs filled in."
        actions={
          mayEdit && (
            <Button variant="primary" asChild>
              <Link to="/catalog/new">New template</Link>
            </Button>
          )
        }
      />
      <div className="space-y-4">
        <CatalogStats />
        <Card flush>
          <FilterBar onClear={filtered ? clear : undefined}>
            <SearchField label="Search templates" placeholder="Name or publisher's id" value={get("q")} onChange={(value) => setFilter("q", value)} />
            <span className="block w-52 max-w-full">
              <TechniquePicker
                placeholder="Technique"
                value={technique ? { value: technique, label: getAll("technique").join(", ") } : null}
                onChange={(choice) => setFilter("technique", choice?.attackId ?? null)}
              />
            </span>
            <MultiSelect label="Source" options={names(stats.data?.by_source).map((value) => ({ value, label: sourceLabel(value) }))} value={getAll("source")} onChange={(value) => setFilter("source", value)} />
            <MultiSelect label="Platform" options={platforms.map((value) => ({ value, label: value }))} value={getAll("platform")} onChange={(value) => setFilter("platform", value)} />
            <Select aria-label="Tested or not" className="w-36!" placeholder="Tested or not" options={TESTED} value={get("tested")} onChange={(event) => setFilter("tested", event.target.value)} />
            <Select aria-label="Held or not" className="w-36!" placeholder="Held or not" options={HELD} value={get("needs_release")} onChange={(event) => setFilter("needs_release", event.target.value)} />
            <Select aria-label="Use" className="w-36!" placeholder="All" options={ACTIVE} value={get("active")} onChange={(event) => setFilter("active", event.target.value)} />
          </FilterBar>
          <DataTable
            caption="Templates"
            columns={CATALOG_COLUMNS}
            query={templates}
            rowId={(template) => template.id}
            params={table}
            onSort={setSort}
            onOffset={setOffset}
            onLimit={setLimit}
            onRowClick={(template) => void navigate(`/catalog/${template.id}`)}
            empty={
              filtered ? (
                <EmptyState title="No template matches" action={<Button onClick={clear}>Clear filters</Button>} />
              ) : (
                <EmptyState
                  title="No templates yet"
                  action={
                    maySync && (
                      <Button asChild>
                        <Link to="/system/data-sources">Open Data Sources</Link>
                      </Button>
                    )
                  }
                >
                  {maySync ? "Sync Atomic Red Team, CALDERA, LOLBAS or GTFOBins, or write one of your own." : "An administrator syncs the sources; your own can be written at once."}
                </EmptyState>
              )
            }
          />
        </Card>
      </div>
    </>
  );
}
