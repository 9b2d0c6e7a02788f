import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import { QueryView } from "@/components/states/query-view";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { ATTACK_SOURCE, isOpen, sourceQuery } from "@/features/data-sources/api";
import { RunProgress } from "@/features/data-sources/components/run-progress";
import { RunsTable } from "@/features/data-sources/components/runs-table";
import { SettingsDialog } from "@/features/data-sources/components/settings-dialog";
import { SourceCard } from "@/features/data-sources/components/source-card";
import { StartSyncDialog } from "@/features/data-sources/components/start-sync-dialog";
import { UploadDialog } from "@/features/data-sources/components/upload-dialog";

export function MitreSyncPage() {
  const navigate = useNavigate();
  const source = useQuery(sourceQuery(ATTACK_SOURCE));
  const canManage = useCan("content:manage");
  const [asking, setAsking] = useState<"sync" | "preview" | "upload" | "settings" | null>(null);
  const current = source.data?.last_run;
  const running = current && isOpen(current.status) ? current : null;
  const follow = (runId: string) => void navigate(`/system/mitre-sync/runs/${runId}`);
  return (
    <>
      <PageHeader
        title="MITRE Sync"
        description="Brings ATT&CK in and keeps it current. A run either lands whole or changes nothing."
        actions={
          canManage && (
            <>
              <Button disabled={!source.data} onClick={() => setAsking("settings")}>
                Settings
              </Button>
              <Button disabled={!source.data || running !== null} onClick={() => setAsking("preview")}>
                Preview
              </Button>
              <Button disabled={!source.data || running !== null} onClick={() => setAsking("upload")}>
                Upload bundle
              </Button>
              <Button variant="primary" disabled={!source.data || running !== null} onClick={() => setAsking("sync")}>
                Start sync
              </Button>
            </>
          )
        }
      />
      <div className="space-y-4">
        {running && (
          <Card
            title="Running now"
            actions={
              <Link to={`/system/mitre-sync/runs/${running.id}`} className="link text-sm">
                Open the run
              </Link>
            }
          >
            <RunProgress run={running} canCancel={canManage} />
          </Card>
        )}
        <QueryView query={source} what="The source">
          {(data) => <SourceCard source={data} />}
        </QueryView>
        <Card title="Runs" flush>
          <RunsTable source={ATTACK_SOURCE} />
        </Card>
      </div>
      {(asking === "sync" || asking === "preview") && source.data && <StartSyncDialog preview={asking === "preview"} source={source.data} onClose={() => setAsking(null)} onStarted={follow} />}
      {asking === "settings" && source.data && <SettingsDialog source={source.data} onClose={() => setAsking(null)} />}
      {asking === "upload" && source.data && <UploadDialog source={source.data} onClose={() => setAsking(null)} onStarted={follow} />}
    </>
  );
}
