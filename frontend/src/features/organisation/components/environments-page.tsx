import { useMemo, useState } from "react";
import type { ColumnDef } from "@tanstack/react-table";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { environmentsQuery, type Environment } from "@/api/organisation";
import { DataTable } from "@/components/data-table/data-table";
import { useTableParams } from "@/components/data-table/use-table-params";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { EnvironmentDialog } from "@/features/organisation/components/environment-dialog";

function environmentColumns(edit: (environment: Environment) => void): ColumnDef<Environment>[] {
  return [
    {
      id: "name",
      header: "Name",
      meta: { className: "min-w-48" },
      cell: ({ row: { original: environment } }) => (
        <>
          <span className="flex items-center gap-2">
            <button type="button" onClick={() => edit(environment)} className="rounded-sm text-left font-medium hover:underline">
              {environment.name}
            </button>
            {environment.is_default && <Badge tone="accent">Default</Badge>}
            {!environment.is_active && <Badge>Out of use</Badge>}
          </span>
          {environment.description && <span className="block max-w-prose text-xs text-muted">{environment.description}</span>}
        </>
      ),
    },
    {
      id: "platforms",
      header: "Platforms",
      cell: ({ row: { original: environment } }) =>
        environment.platforms.length > 0 ? (
          <span className="flex flex-wrap gap-1">
            {environment.platforms.map((name) => (
              <Badge key={name}>{name}</Badge>
            ))}
          </span>
        ) : (
          <span className="text-muted">All</span>
        ),
    },
    {
      id: "work",
      header: "Its work",
      meta: { className: "w-40 whitespace-nowrap" },
      cell: ({ row: { original: environment } }) => (
        <span className="flex gap-3">
          <Link to={`/tests?environment=${environment.id}`} className="link">
            Tests
          </Link>
          <Link to={`/matrix?environment=${environment.id}`} className="link">
            Matrix
          </Link>
        </span>
      ),
    },
  ];
}

/** The parts of the organisation, and what runs in each: techniques that no platform of ours can carry apply nowhere. */
export function EnvironmentsPage() {
  const { table, setSort, setOffset, setLimit } = useTableParams();
  const environments = useQuery(environmentsQuery({ limit: table.limit, offset: table.offset }));
  const [editing, setEditing] = useState<Environment | "new" | null>(null);
  const columns = useMemo(() => environmentColumns(setEditing), []);
  return (
    <>
      <PageHeader
        title="Environments"
        description="Parts of the organisation with platforms and decisions of their own. A technique that none of an environment's platforms can carry does not apply there."
        actions={
          <Button variant="primary" onClick={() => setEditing("new")}>
            New environment
          </Button>
        }
      />
      <Card flush>
        <DataTable
          caption="Environments"
          columns={columns}
          query={environments}
          rowId={(environment) => environment.id}
          params={table}
          onSort={setSort}
          onOffset={setOffset}
          onLimit={setLimit}
          onRowClick={setEditing}
        />
      </Card>
      {editing && <EnvironmentDialog environment={editing === "new" ? undefined : editing} onClose={() => setEditing(null)} />}
    </>
  );
}
