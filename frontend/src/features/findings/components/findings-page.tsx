import { useState } from "react";
import type { ColumnDef } from "@tanstack/react-table";
import { Link, useNavigate } from "react-router";
import { useMutation, useQuery } from "@tanstack/react-query";
import { findingsQuery, type Finding, type FindingParams } from "@/api/findings";
import { useCan } from "@/api/me";
import { saveFile } from "@/api/save";
import { DataTable } from "@/components/data-table/data-table";
import { FilterBar, SearchField } from "@/components/data-table/filter-bar";
import { LooseFilters } from "@/components/data-table/loose-filters";
import { useTableParams } from "@/components/data-table/use-table-params";
import { EnvironmentSelect } from "@/components/pickers/environment-select";
import { TechniquePicker } from "@/components/pickers/technique-picker";
import { EmptyState } from "@/components/states/empty-state";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Checkbox } from "@/components/ui/checkbox";
import { MultiSelect } from "@/components/ui/multi-select";
import { PageHeader } from "@/components/ui/page-header";
import { RelativeTime } from "@/components/ui/relative-time";
import { Select } from "@/components/ui/select";
import type { FindingStatus, Severity } from "@/features/findings/api";
import { CreateFindingDialog } from "@/features/findings/components/create-finding-dialog";
import { DueDay, FindingStatusBadge, SeverityBadge } from "@/features/findings/components/finding-badges";
import { CAUSES, options, SEVERITIES, STATUSES } from "@/features/findings/lib/words";
import { formatUtc } from "@/lib/format";
import { nameOf } from "@/lib/people";
import { MISS_CAUSES } from "@/lib/causes";

const COLUMNS: ColumnDef<Finding>[] = [
  {
    id: "title",
    header: "Finding",
    meta: { sort: "number", className: "min-w-64" },
    cell: ({ row: { original: finding } }) => (
      <>
        <Link to={`/findings/${finding.id}`} className="font-medium hover:underline">
          <span className="font-mono text-xs text-muted">{finding.number}</span> {finding.title}
        </Link>
        <span className="block text-xs text-muted">
          {MISS_CAUSES[finding.cause]}
          {finding.tool && ` · ${finding.tool.name}`}
        </span>
      </>
    ),
  },
  { id: "status", header: "Status", meta: { sort: "status" }, cell: ({ row: { original: finding } }) => <FindingStatusBadge status={finding.status} /> },
  { id: "severity", header: "Severity", meta: { sort: "severity" }, cell: ({ row: { original: finding } }) => <SeverityBadge severity={finding.severity} /> },
  { id: "owner", header: "Owner", cell: ({ row: { original: finding } }) => (finding.owner_person ? nameOf(finding.owner_person) : finding.owner) },
  { id: "results", header: "Results", meta: { align: "right" }, cell: ({ row: { original: finding } }) => finding.result_count },
  {
    id: "steps",
    header: "Steps done",
    meta: { align: "right" },
    cell: ({ row: { original: finding } }) => `${finding.step_counts.done} of ${finding.step_counts.total}`,
  },
  { id: "due", header: "Due", meta: { sort: "due_on" }, cell: ({ row: { original: finding } }) => <DueDay day={finding.due_on} overdue={finding.overdue} /> },
  { id: "opened", header: "Opened", meta: { sort: "opened_at" }, cell: ({ row: { original: finding } }) => <RelativeTime value={finding.opened_at} /> },
];

/** A day, or a moment in full. */
const when = (value: string) => (value.length > 10 ? formatUtc(value) : value);

/** Gaps that tests have shown, with what is done about them. */
export function FindingsPage() {
  const { table, get, getAll, setFilter, setSort, setOffset, setLimit, clear } = useTableParams();
  const navigate = useNavigate();
  const environment = get("environment");
  const [status, severity, cause, technique, q] = [getAll("status"), getAll("severity"), getAll("cause"), getAll("technique"), get("q")];
  const [platform, provenFrom, provenTo] = [getAll("platform"), get("proven_from"), get("proven_to")];
  const mayOpen = useCan("finding:manage");
  const [creating, setCreating] = useState(false);
  const [open, mine, overdue] = [get("open"), get("mine") === "true", get("overdue") === "true"];
  const filters: FindingParams = {
    ...(status.length > 0 && { status: status as FindingStatus[] }),
    ...(severity.length > 0 && { severity: severity as Severity[] }),
    ...(cause.length > 0 && { cause: cause as Finding["cause"][] }),
    ...(technique.length > 0 && { technique }),
    ...(environment && { environment }),
    ...(platform.length > 0 && { platform }),
    ...(provenFrom && { proven_from: provenFrom }),
    ...(provenTo && { proven_to: provenTo }),
    ...(open && { open: open === "true" }),
    ...(mine && { mine }),
    ...(overdue && { overdue }),
    ...(q && { q }),
  };
  const findings = useQuery(findingsQuery({ ...filters, limit: table.limit, offset: table.offset, ...(table.sort && { sort: table.sort }) }));
  const download = useMutation({ mutationFn: () => saveFile("/api/v1/findings", { ...filters, format: "csv" }, "findings.csv") });
  const filtered = Object.keys(filters).length > 0;
  return (
    <>
      <PageHeader
        title="Findings"
        description="Gaps that tests have shown. One opens by itself when both leads confirm a miss; it closes as proven when a retest meets the expectation."
        actions={
          <>
            <Button asChild>
              <Link to="/findings/gaps">Misses by cause</Link>
            </Button>
            <Button pending={download.isPending} onClick={() => download.mutate()}>
              Download CSV
            </Button>
            {mayOpen && (
              <Button variant="primary" onClick={() => setCreating(true)}>
                New finding
              </Button>
            )}
          </>
        }
      />
      <InlineError error={download.error} />
      <Card flush>
        <FilterBar onClear={filtered ? clear : undefined}>
          <SearchField label="Search findings" value={q} onChange={(value) => setFilter("q", value)} placeholder="Title, number or ticket" />
          <Select
            aria-label="Open or closed"
            className="w-36!"
            placeholder="Open and closed"
            options={[
              { value: "true", label: "Not closed" },
              { value: "false", label: "Closed" },
            ]}
            value={open}
            onChange={(event) => setFilter("open", event.target.value)}
          />
          <MultiSelect label="Status" options={options(STATUSES)} value={status} onChange={(value) => setFilter("status", value)} />
          <MultiSelect label="Severity" options={options(SEVERITIES)} value={severity} onChange={(value) => setFilter("severity", value)} />
          <MultiSelect label="Cause" options={CAUSES} value={cause} onChange={(value) => setFilter("cause", value)} />
          <span className="block w-52 max-w-full">
            <TechniquePicker
              placeholder="Technique"
              value={technique.length > 0 ? { value: technique.join(), label: technique.join(", ") } : null}
              onChange={(choice) => setFilter("technique", choice?.attackId ?? null)}
            />
          </span>
          <EnvironmentSelect className="w-40!" value={environment} onChange={(value) => setFilter("environment", value)} />
          <Checkbox label="Mine" checked={mine} onChange={(event) => setFilter("mine", event.target.checked ? "true" : null)} />
          <Checkbox label="Overdue" checked={overdue} onChange={(event) => setFilter("overdue", event.target.checked ? "true" : null)} />
        </FilterBar>
        <LooseFilters
          items={[
            ...platform.map((name) => ({ label: `Platform: ${name}`, drop: () => setFilter("platform", platform.filter((other) => other !== name)) })),
            ...(provenFrom ? [{ label: `Proven from: ${when(provenFrom)}`, drop: () => setFilter("proven_from", null) }] : []),
            ...(provenTo ? [{ label: `Proven until: ${when(provenTo)}`, drop: () => setFilter("proven_to", null) }] : []),
          ]}
        />
        <DataTable
          caption="Findings"
          columns={COLUMNS}
          query={findings}
          rowId={(finding) => finding.id}
          params={table}
          onSort={setSort}
          onOffset={setOffset}
          onLimit={setLimit}
          onRowClick={(finding) => void navigate(`/findings/${finding.id}`)}
          empty={
            filtered ? (
              <EmptyState title="No finding matches">Clear the filters to see all.</EmptyState>
            ) : (
              <EmptyState title="No gap has been shown yet">A finding opens when both leads confirm a test whose result lies below the expectation.</EmptyState>
            )
          }
        />
      </Card>
      {creating && <CreateFindingDialog onClose={() => setCreating(false)} />}
    </>
  );
}
