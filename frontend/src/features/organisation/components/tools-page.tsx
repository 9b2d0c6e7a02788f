import { useMemo, useState } from "react";
import type { ColumnDef } from "@tanstack/react-table";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { toolsQuery, type Tool } from "@/api/organisation";
import { DataTable } from "@/components/data-table/data-table";
import { FilterBar } from "@/components/data-table/filter-bar";
import { useTableParams } from "@/components/data-table/use-table-params";
import { EmptyState } from "@/components/states/empty-state";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { Select } from "@/components/ui/select";
import { ToolDialog } from "@/features/organisation/components/tool-dialog";
import { kindLabel } from "@/features/organisation/lib/kinds";
import { formatCount } from "@/lib/format";

function toolColumns(edit: (tool: Tool) => void): ColumnDef<Tool>[] {
  return [
    {
      id: "name",
      header: "Name",
      cell: ({ row: { original: tool } }) => (
        <span className="flex items-center gap-2">
          <button type="button" onClick={() => edit(tool)} className="rounded-sm text-left font-medium hover:underline">
            {tool.name}
          </button>
          {!tool.is_active && <Badge>Out of use</Badge>}
        </span>
      ),
    },
    { id: "kind", header: "Kind", meta: { className: "whitespace-nowrap" }, cell: ({ row }) => kindLabel(row.original.kind) },
    {
      id: "product",
      header: "Product",
      meta: { className: "text-muted" },
      cell: ({ row }) => [row.original.vendor, row.original.version].filter(Boolean).join(" ") || "–",
    },
    {
      id: "rules",
      header: "Rules deployed",
      meta: { align: "right", className: "w-36" },
      cell: ({ row: { original: tool } }) =>
        tool.rules > 0 ? (
          <Link to={`/detection-rules?tool=${tool.id}&use=all`} className="link tabular">
            {formatCount(tool.rules)}
          </Link>
        ) : (
          <span className="text-muted tabular">0</span>
        ),
    },
  ];
}

/** Our security products: observations name them, detection rules run in them. */
export function ToolsPage() {
  const { table, get, setFilter, setSort, setOffset, setLimit, clear } = useTableParams();
  const active = get("active");
  const tools = useQuery(toolsQuery({ limit: table.limit, offset: table.offset, ...((active === "true" || active === "false") && { active: active === "true" }) }));
  const [editing, setEditing] = useState<Tool | "new" | null>(null);
  const columns = useMemo(() => toolColumns(setEditing), []);
  return (
    <>
      <PageHeader
        title="Security Tools"
        description="The products that block, alert and log. Blue names them in observations, detection rules run in them."
        actions={
          <Button variant="primary" onClick={() => setEditing("new")}>
            New tool
          </Button>
        }
      />
      <Card flush>
        <FilterBar onClear={active ? clear : undefined}>
          <Select
            aria-label="Use"
            className="w-40!"
            placeholder="In use or not"
            options={[
              { value: "true", label: "In use" },
              { value: "false", label: "Out of use" },
            ]}
            value={active}
            onChange={(event) => setFilter("active", event.target.value)}
          />
        </FilterBar>
        <DataTable
          caption="Security tools"
          columns={columns}
          query={tools}
          rowId={(tool) => tool.id}
          params={table}
          onSort={setSort}
          onOffset={setOffset}
          onLimit={setLimit}
          onRowClick={setEditing}
          empty={
            active ? (
              <EmptyState title="No tool matches" action={<Button onClick={clear}>Clear filters</Button>} />
            ) : (
              <EmptyState title="No security tools yet" action={<Button onClick={() => setEditing("new")}>Add the first one</Button>}>
                Then observations can say what saw the attack, and rules where they run.
              </EmptyState>
            )
          }
        />
      </Card>
      {editing && <ToolDialog tool={editing === "new" ? undefined : editing} onClose={() => setEditing(null)} />}
    </>
  );
}
