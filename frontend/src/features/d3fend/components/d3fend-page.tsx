import { useCallback, useMemo } from "react";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import { DataTable } from "@/components/data-table/data-table";
import { FilterBar, SearchField } from "@/components/data-table/filter-bar";
import { useTableParams } from "@/components/data-table/use-table-params";
import { TechniquePicker } from "@/components/pickers/technique-picker";
import { EmptyState } from "@/components/states/empty-state";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Checkbox } from "@/components/ui/checkbox";
import { CountFilter } from "@/components/ui/count-filter";
import { PageHeader } from "@/components/ui/page-header";
import { countermeasuresQuery, gainsQuery, tacticsQuery, type Gain, type Tactic } from "@/features/d3fend/api";
import { countermeasureColumns } from "@/features/d3fend/components/countermeasure-columns";
import { MostGained } from "@/features/d3fend/components/most-gained";
import { CountermeasurePanel } from "@/features/d3fend/components/countermeasure-panel";
import { FILTERS, listParams, STATUSES } from "@/features/d3fend/lib/words";
import { formatCount } from "@/lib/format";

const NONE: ReadonlyMap<string, Gain> = new Map();

type Params = ReturnType<typeof useTableParams>;

/** D3FEND's countermeasures by tactic: which of them we have, plan, or do without. */
export function D3fendPage() {
  const params = useTableParams();
  const { table, get, patch, setSort, setOffset, setLimit, clear } = params;
  const maySync = useCan("content:manage");
  const listed = useQuery(countermeasuresQuery(listParams(params, table)));
  const tactics = useQuery(tacticsQuery());
  const at = get("at");
  const open = useCallback((id: string | null) => patch({ at: id }, true), [patch]);
  const gains = useQuery(gainsQuery());
  const byId = useMemo(() => gains.data && new Map(gains.data.items.map((item) => [item.d3fend_id, item])), [gains.data]);
  const columns = useMemo(() => countermeasureColumns(open, gains.isError ? NONE : byId), [open, byId, gains.isError]);
  const filtered = FILTERS.some((name) => get(name));
  return (
    <>
      <PageHeader title="D3FEND" description="Countermeasures by tactic, what they counter, and whether we have them. What is implemented counts in the scores of the techniques it counters." />
      <Card flush>
        <MostGained gains={gains.data} onOpen={open} />
        <Filters params={params} tactics={tactics.data?.items} onClear={filtered ? clear : undefined} />
        <DataTable
          caption="Countermeasures"
          columns={columns}
          query={listed}
          rowId={(item) => item.id}
          params={table}
          onSort={setSort}
          onOffset={setOffset}
          onLimit={setLimit}
          onRowClick={(item) => open(item.d3fend_id)}
          empty={
            filtered ? (
              <EmptyState title="No countermeasure matches" action={<Button onClick={clear}>Clear filters</Button>} />
            ) : (
              <EmptyState title="No countermeasures yet">
                {maySync ? (
                  <>
                    Sync D3FEND under{" "}
                    <Link to="/system/data-sources" className="link">
                      Data Sources
                    </Link>
                    .
                  </>
                ) : (
                  "They come with the first sync of D3FEND, which an administrator starts."
                )}
              </EmptyState>
            )
          }
        />
      </Card>
      {at && <CountermeasurePanel key={at} id={at} onOpen={open} onClose={() => open(null)} />}
    </>
  );
}

function Filters({ params, tactics, onClear }: { params: Params; tactics: readonly Tactic[] | undefined; onClear: (() => void) | undefined }) {
  const { get, getAll, setFilter, patch } = params;
  const technique = getAll("technique");
  const sum = (count: (tactic: Tactic) => number) => tactics?.reduce((all, tactic) => all + count(tactic), 0);
  const counts = {
    implemented: sum((tactic) => tactic.implemented),
    planned: sum((tactic) => tactic.planned),
    no: sum((tactic) => tactic.techniques - tactic.implemented - tactic.planned),
  };
  return (
    <>
      <div className="flex flex-wrap gap-x-4 gap-y-1.5 border-b px-3 py-2">
        <CountFilter
          label="Do we have it"
          chosen={getAll("status")}
          onChange={(value) => setFilter("status", value)}
          choices={(["implemented", "planned", "no"] as const).map((word) => ({ value: word, label: STATUSES[word].label, symbol: STATUSES[word].symbol, tone: STATUSES[word].text, count: counts[word] }))}
        />
        <CountFilter
          label="Tactic"
          chosen={getAll("tactic")}
          onChange={(value) => setFilter("tactic", value)}
          choices={(tactics ?? []).map((tactic) => ({
            value: tactic.name,
            label: tactic.name,
            count: tactic.techniques,
            title: `${formatCount(tactic.implemented)} implemented, ${formatCount(tactic.planned)} planned of ${formatCount(tactic.techniques)}`,
          }))}
        />
      </div>
      <FilterBar onClear={onClear}>
        <SearchField label="Search countermeasures" placeholder="Name or D3- id" value={get("q")} onChange={(value) => setFilter("q", value)} />
        <div className="w-64">
          <TechniquePicker
            label="Technique it counters"
            placeholder="Counters the technique …"
            value={technique[0] ? { value: technique[0], label: technique.join(", ") } : null}
            onChange={(found) => patch({ technique: found?.attackId ?? null, include_subtechniques: null })}
          />
        </div>
        {technique.length > 0 && (
          <Checkbox
            label="With sub-techniques"
            className="self-center"
            checked={get("include_subtechniques") === "true"}
            onChange={(event) => setFilter("include_subtechniques", event.target.checked ? "true" : null)}
          />
        )}
      </FilterBar>
    </>
  );
}
