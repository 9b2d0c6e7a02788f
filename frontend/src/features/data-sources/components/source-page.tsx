import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import { QueryView } from "@/components/states/query-view";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { usePageTitle } from "@/hooks/use-page-title";
import { isOpen, sourceQuery } from "@/features/data-sources/api";
import { RunProgress } from "@/features/data-sources/components/run-progress";
import { RunsTable } from "@/features/data-sources/components/runs-table";
import { SourceActions } from "@/features/data-sources/components/source-actions";
import { SourceCard } from "@/features/data-sources/components/source-card";
import { pathOfRun } from "@/features/data-sources/lib/paths";

/** One source: what is held of it, what runs now, and every run it had. */
export function SourcePage({ name }: { name: string }) {
  const source = useQuery(sourceQuery(name));
  const canManage = useCan("content:manage");
  const last = source.data?.last_run;
  const running = last && isOpen(last.status) ? last : null;
  usePageTitle(source.data?.title);
  return (
    <>
      <PageHeader
        title={source.data?.title ?? "Data source"}
        description={source.data && (source.data.licence ? `Licence: ${source.data.licence}.` : undefined)}
        meta={source.data && !source.data.enabled && <Badge>Switched off</Badge>}
        actions={source.data && canManage && <SourceActions source={source.data} follow />}
      />
      <div className="space-y-4">
        {running && (
          <Card
            title="Running now"
            actions={
              <Link to={pathOfRun(running)} className="link text-sm">
                Open the run
              </Link>
            }
          >
            <RunProgress run={running} canCancel={canManage} />
          </Card>
        )}
        <QueryView query={source} what="The source">
          {(data) => (
            <div className="space-y-4">
              <SourceCard source={data} />
              <Card title="Runs" flush>
                <RunsTable source={name} />
              </Card>
            </div>
          )}
        </QueryView>
      </div>
    </>
  );
}
