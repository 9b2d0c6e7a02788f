import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import { rulesQuery } from "@/api/rules";
import { DataTable } from "@/components/data-table/data-table";
import { useTableParams } from "@/components/data-table/use-table-params";
import { EmptyState } from "@/components/states/empty-state";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { ruleStatsQuery } from "@/features/detection-rules/api";
import { ruleColumns } from "@/features/detection-rules/components/rule-columns";
import { RuleDialog } from "@/features/detection-rules/components/rule-dialog";
import { RuleFilters } from "@/features/detection-rules/components/rule-filters";
import { FILTERS, listParams } from "@/features/detection-rules/lib/list-params";

/** The catalogue of detection rules: what there is, what runs with us, and what fired when it should. */
export function RulesPage() {
  const navigate = useNavigate();
  const mayEdit = useCan("rule:edit");
  const mayManageTools = useCan("environment:manage");
  const maySync = useCan("content:manage");
  const params = useTableParams("name");
  const { table, get, setSort, setOffset, setLimit, clear } = params;
  const rules = useQuery(rulesQuery(listParams(params, table)));
  const stats = useQuery(ruleStatsQuery());
  const [creating, setCreating] = useState(false);
  const filtered = FILTERS.some((name) => get(name));
  return (
    <>
      <PageHeader
        title="Detection Rules"
        description="Rules of the publishers and our own: which of them run in our tools, and which fired when they should."
        actions={
          <>
            {mayManageTools && (
              <Button asChild>
                <Link to="/system/tools">Security tools</Link>
              </Button>
            )}
            {mayEdit && (
              <Button variant="primary" onClick={() => setCreating(true)}>
                New rule
              </Button>
            )}
          </>
        }
      />
      <Card flush>
        <RuleFilters params={params} stats={stats.data} onClear={filtered ? clear : undefined} />
        <DataTable
          caption="Detection rules"
          columns={ruleColumns}
          query={rules}
          rowId={(rule) => rule.id}
          params={table}
          onSort={setSort}
          onOffset={setOffset}
          onLimit={setLimit}
          onRowClick={(rule) => void navigate(`/detection-rules/${rule.id}`)}
          empty={
            filtered ? (
              <EmptyState title="No rule matches" action={<Button onClick={clear}>Clear filters</Button>} />
            ) : (
              <EmptyState title="No detection rules yet">
                {maySync ? (
                  <>
                    Sync Sigma or Elastic under{" "}
                    <Link to="/system/data-sources" className="link">
                      Data Sources
                    </Link>
                    , or write a rule of your own.
                  </>
                ) : (
                  "They come with the next sync of Sigma or Elastic, which an administrator starts."
                )}
              </EmptyState>
            )
          }
        />
      </Card>
      {creating && <RuleDialog onClose={() => setCreating(false)} onSaved={(rule) => void navigate(`/detection-rules/${rule.id}`)} />}
    </>
  );
}
