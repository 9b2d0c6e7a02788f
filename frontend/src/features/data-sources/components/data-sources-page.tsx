import { useState } from "react";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import { EmptyState } from "@/components/states/empty-state";
import { errorText } from "@/components/states/inline-error";
import { QueryView } from "@/components/states/query-view";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { Skeleton } from "@/components/ui/skeleton";
import { isOpen, sourcesQuery, useSyncAll, type DataSource } from "@/features/data-sources/api";
import { PackDialog } from "@/features/data-sources/components/pack-dialog";
import { SourceTile } from "@/features/data-sources/components/source-tile";

const TILES = "grid items-stretch gap-4 xl:grid-cols-2";

function LoadingTiles() {
  return (
    <div role="status" aria-label="Loading" className={TILES}>
      {Array.from({ length: 6 }, (_, index) => (
        <div key={index} className="space-y-3 rounded-lg border bg-surface p-4">
          <Skeleton className="w-1/3" />
          <Skeleton className="w-5/6" />
          <Skeleton className="w-2/3" />
        </div>
      ))}
    </div>
  );
}

const idle = (sources: readonly DataSource[]) => sources.filter((source) => source.enabled && !(source.last_run && isOpen(source.last_run.status)));

/** Every publisher that content comes from: what is held of it, how its last run went, and when the next one is due. */
export function DataSourcesPage() {
  const sources = useQuery(sourcesQuery());
  const canManage = useCan("content:manage");
  const all = useSyncAll();
  const [refused, setRefused] = useState<{ title: string; error: unknown }[]>([]);
  const [packing, setPacking] = useState(false);
  const ready = idle(sources.data?.items ?? []);
  return (
    <>
      <PageHeader
        title="Data Sources"
        description="Where techniques, templates, rules, countermeasures and controls come from. A run lands whole or changes nothing; local changes stay."
        actions={
          <>
            <Button asChild>
              <Link to="/system/unresolved">Unresolved ids</Link>
            </Button>
            {canManage && <Button onClick={() => setPacking(true)}>Upload a pack</Button>}
            {canManage && (
              <Button variant="primary" disabled={ready.length === 0} pending={all.isPending} onClick={() => all.mutate(ready, { onSuccess: setRefused })}>
                Sync all
              </Button>
            )}
          </>
        }
      />
      <div className="space-y-4">
        {refused.length > 0 && (
          <Notice tone="danger" alert title="Not every sync could be asked for">
            {refused.map((item) => (
              <p key={item.title}>
                {item.title}: {errorText(item.error)}
              </p>
            ))}
          </Notice>
        )}
        <QueryView
          query={sources}
          what="The data sources"
          loading={<LoadingTiles />}
          isEmpty={(page) => page.items.length === 0}
          empty={<EmptyState title="No data source">The server knows no source. Its log says why.</EmptyState>}
        >
          {(page) => (
            <div className={TILES}>
              {page.items.map((source) => (
                <SourceTile key={source.name} source={source} />
              ))}
            </div>
          )}
        </QueryView>
      </div>
      {packing && <PackDialog onClose={() => setPacking(false)} />}
    </>
  );
}
