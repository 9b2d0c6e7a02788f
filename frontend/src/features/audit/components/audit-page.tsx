import { useMemo, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { DataTable } from "@/components/data-table/data-table";
import { FilterBar, SearchField } from "@/components/data-table/filter-bar";
import { useTableParams } from "@/components/data-table/use-table-params";
import { EmptyState } from "@/components/states/empty-state";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { PageHeader } from "@/components/ui/page-header";
import { Select } from "@/components/ui/select";
import { auditQuery, useSaveTrail, type AuditEntry } from "@/features/audit/api";
import { auditColumns } from "@/features/audit/components/audit-columns";
import { AuditEntryPanel } from "@/features/audit/components/audit-entry-panel";
import { VerifyTrail } from "@/features/audit/components/verify-trail";
import { dayEnd, dayStart } from "@/features/audit/lib/changes";

// A noun with its dot stands for all of its actions.
const AREAS = [
  { value: "session.", label: "Sign-in and sessions" },
  { value: "user.", label: "Users" },
  { value: "token.", label: "Access tokens" },
  { value: "test.", label: "Tests" },
  { value: "evidence.", label: "Evidence" },
  { value: "custody.", label: "Custody of evidence" },
  { value: "audit.", label: "Checks of this log" },
  { value: "content.", label: "Content and sync" },
  { value: "technique.", label: "Techniques" },
];

export function AuditPage() {
  const { table, get, setFilter, setSort, setOffset, setLimit, clear } = useTableParams();
  const [q, actor, action, from, to] = [get("q"), get("actor"), get("action"), get("from"), get("to")];
  const [since, until] = [dayStart(from), dayEnd(to)];
  const filters = {
    ...(q && { q }),
    ...(actor && { actor: [actor] }),
    ...(action && { action: [action] }),
    ...(since && { from: since }),
    ...(until && { to: until }),
  };
  const entries = useQuery(auditQuery({ limit: table.limit, offset: table.offset, ...filters }));
  const save = useSaveTrail();
  const [open, setOpen] = useState<AuditEntry | null>(null);
  const columns = useMemo(() => auditColumns(setOpen), []);
  return (
    <>
      <PageHeader
        title="Audit Log"
        description="Who did what, newest first. Entries are only ever added."
        actions={
          <Button pending={save.isPending} onClick={() => save.mutate(filters)}>
            Export as CSV
          </Button>
        }
      />
      <InlineError error={save.error} />
      <VerifyTrail />
      <Card flush>
        <FilterBar onClear={q || actor || action || from || to ? clear : undefined}>
          <SearchField label="Search the log" value={q} onChange={(value) => setFilter("q", value)} />
          <Select aria-label="Area" className="w-44!" placeholder="Every area" options={AREAS} value={action} onChange={(event) => setFilter("action", event.target.value)} />
          <label className="flex items-center gap-1.5 text-xs text-muted">
            From
            <Input type="date" className="w-34" value={from} max={to || undefined} onChange={(event) => setFilter("from", event.target.value)} />
          </label>
          <label className="flex items-center gap-1.5 text-xs text-muted">
            to
            <Input type="date" className="w-34" value={to} min={from || undefined} onChange={(event) => setFilter("to", event.target.value)} />
          </label>
        </FilterBar>
        <DataTable
          caption="Audit log"
          columns={columns}
          query={entries}
          rowId={(entry) => String(entry.seq)}
          params={table}
          onSort={setSort}
          onOffset={setOffset}
          onLimit={setLimit}
          onRowClick={setOpen}
          empty={<EmptyState title="No entry matches">Clear the filters or widen the dates.</EmptyState>}
        />
      </Card>
      {open && <AuditEntryPanel entry={open} onClose={() => setOpen(null)} />}
    </>
  );
}
