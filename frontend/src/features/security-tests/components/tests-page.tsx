import { useMemo, useState } from "react";
import { Link } from "react-router";
import { useMutation, useQuery } from "@tanstack/react-query";
import type { RowSelectionState } from "@tanstack/react-table";
import { useCan, useMe } from "@/api/me";
import { saveFile } from "@/api/save";
import { testsQuery } from "@/api/tests";
import { DataTable } from "@/components/data-table/data-table";
import { FilterBar, SearchField } from "@/components/data-table/filter-bar";
import { LooseFilters } from "@/components/data-table/loose-filters";
import { useTableParams } from "@/components/data-table/use-table-params";
import { EmptyState } from "@/components/states/empty-state";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { MultiSelect } from "@/components/ui/multi-select";
import { PageHeader } from "@/components/ui/page-header";
import { BulkBar } from "@/features/security-tests/components/bulk-bar";
import { SavedViews } from "@/features/security-tests/components/saved-views";
import { CHOOSABLE, HIDDEN_AT_FIRST, testColumns } from "@/features/security-tests/components/test-columns";
import { DETECTIONS, listParams, looseFilters, STATES } from "@/features/security-tests/lib/list-filters";
import { useListPreferences } from "@/features/security-tests/lib/views";
import { optionsOf } from "@/features/security-tests/lib/words";
import { ASKED_CAUSES } from "@/lib/causes";

const CHOICES = CHOOSABLE.map((column) => ({ value: column.id, label: column.label }));

/** All tests: filter, sort, choose columns, assign many at once. The address holds the whole question. */
export function TestsPage() {
  const me = useMe();
  const mayCreate = useCan("test:create");
  const params = useTableParams("-created_at");
  const { table, get, getAll, setFilter, setSort, setOffset, setLimit, clear } = params;
  const asked = listParams(params, table);
  const tests = useQuery(testsQuery(asked));
  // The table has all of them, whatever page is shown.
  const download = useMutation({ mutationFn: () => saveFile("/api/v1/tests", { ...asked, limit: undefined, offset: undefined, format: "csv" }, "tests.csv") });
  const preferences = useListPreferences(me.id);
  const [selection, setSelection] = useState<RowSelectionState>({});
  const mayAssign = me.role === "admin" || me.role === "red_lead" || me.role === "blue_lead";
  const columns = useMemo(() => testColumns(mayAssign), [mayAssign]);
  const hidden = preferences.hidden ?? HIDDEN_AT_FIRST;
  const chosen = (tests.data?.items ?? []).filter((test) => selection[test.id]);
  const loose = looseFilters(params);
  const filtered = ["q", "state", "detection", "miss_cause"].some((name) => get(name)) || loose.length > 0;
  return (
    <>
      <PageHeader
        title="All Tests"
        actions={
          <>
            <Button pending={download.isPending} onClick={() => download.mutate()}>
              Download CSV
            </Button>
            {mayCreate && (
              <Button variant="primary" asChild>
                <Link to="/tests/new">New test</Link>
              </Button>
            )}
          </>
        }
      />
      <InlineError error={download.error} />
      <Card flush>
        <SavedViews views={preferences.views} onSave={preferences.save} onForget={preferences.forget} />
        <FilterBar onClear={filtered ? clear : undefined}>
          <SearchField label="Search tests" placeholder="Name, AT-number, technique" value={get("q")} onChange={(value) => setFilter("q", value)} />
          <MultiSelect label="State" options={optionsOf(STATES)} value={getAll("state")} onChange={(value) => setFilter("state", value)} />
          <MultiSelect label="Outcome" options={optionsOf(DETECTIONS)} value={getAll("detection")} onChange={(value) => setFilter("detection", value)} />
          <MultiSelect label="Cause of miss" options={optionsOf(ASKED_CAUSES)} value={getAll("miss_cause")} onChange={(value) => setFilter("miss_cause", value)} />
          <MultiSelect
            label="Columns"
            className="ml-auto"
            options={CHOICES}
            value={CHOICES.map((choice) => choice.value).filter((id) => !hidden.includes(id))}
            onChange={(shown) => preferences.setHidden(CHOICES.map((choice) => choice.value).filter((id) => !shown.includes(id)))}
          />
        </FilterBar>
        <LooseFilters
          items={loose.map(({ name, value, label }) => ({ label, drop: () => setFilter(name, getAll(name).filter((other) => other !== value)) }))}
        />
        {chosen.length > 0 && <BulkBar chosen={chosen} onDone={() => setSelection({})} />}
        <DataTable
          caption="Tests"
          columns={columns}
          query={tests}
          rowId={(test) => test.id}
          params={table}
          onSort={setSort}
          onOffset={setOffset}
          onLimit={setLimit}
          {...(mayAssign && { selection: { value: selection, onChange: setSelection } })}
          columnVisibility={Object.fromEntries(hidden.map((id) => [id, false]))}
          empty={
            filtered ? (
              <EmptyState title="No test matches" action={<Button onClick={clear}>Clear filters</Button>} />
            ) : (
              <EmptyState title="No tests yet">{mayCreate ? "Plan the first one from a technique or a template." : "Red plans the first one."}</EmptyState>
            )
          }
        />
      </Card>
    </>
  );
}
