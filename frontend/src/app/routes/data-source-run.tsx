import { useParams } from "react-router";
import { SyncRunPage } from "@/features/data-sources/components/sync-run-page";

export function Component() {
  const { runId = "" } = useParams();
  return <SyncRunPage key={runId} runId={runId} />;
}
