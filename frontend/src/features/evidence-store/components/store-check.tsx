import { useEffect, useRef } from "react";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { InlineError } from "@/components/states/inline-error";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Progress } from "@/components/ui/progress";
import { RelativeTime } from "@/components/ui/relative-time";
import { formatCount } from "@/lib/format";
import { plural } from "@/lib/plural";
import { storeCheckQuery, useRefreshStore, useVerifyStore, type StoreSummary, type StoreVerdict } from "@/features/evidence-store/api";

const WORDS: Record<string, string> = { altered: "Altered", missing: "Missing", orphaned: "Belongs to nothing" };

function Result({ verdict }: { verdict: StoreVerdict }) {
  if (verdict.status === "running") {
    const known = verdict.total > 0;
    return (
      <div className="space-y-1">
        <p>{known ? `${formatCount(verdict.done)} of ${plural(verdict.total, "file")} read` : "Reading the files"}</p>
        <Progress label="Progress of the check" value={known ? verdict.done : null} max={known ? verdict.total : 100} />
      </div>
    );
  }
  if (verdict.intact === null) return <p className="text-danger">The check did not come to its end: {verdict.error ?? verdict.status}.</p>;
  if (verdict.intact) {
    return (
      <p className="flex items-center gap-2">
        <CircleCheck aria-hidden className="size-4 shrink-0 text-ok" />
        {verdict.total > 0 ? `${plural(verdict.done, "file")} read back: ` : ""}every file is what was uploaded, and nothing else lies in the store.
      </p>
    );
  }
  const rest = verdict.finding_count - verdict.findings.length;
  return (
    <div className="space-y-1">
      <p className="flex items-center gap-2 font-medium text-danger">
        <TriangleAlert aria-hidden className="size-4 shrink-0" />
        The store is not as the records say.
      </p>
      <ul className="space-y-1">
        {verdict.findings.map((item) => (
          <li key={`${item.code}-${item.subject_id}`} className="flex flex-wrap items-baseline gap-x-2">
            <Badge tone={item.code === "orphaned" ? "warn" : "danger"}>{WORDS[item.code] ?? item.code}</Badge>
            <bdi className="min-w-0 break-words">{item.message}</bdi>
            {item.kind === "object" && <span className="font-mono text-xs break-all text-muted">{item.subject_id}</span>}
          </li>
        ))}
      </ul>
      {rest > 0 && <p className="text-muted">And {formatCount(rest)} more.</p>}
    </div>
  );
}

/** The newest check of the whole store with what it found, and the way to begin another. */
export function StoreCheck({ last }: { last: StoreSummary["last_check"] }) {
  const verify = useVerifyStore();
  const refresh = useRefreshStore();
  const id = verify.data?.id ?? last?.id;
  const check = useQuery({ ...storeCheckQuery(id ?? ""), enabled: id !== undefined });
  const running = check.data?.status === "running";
  const wasRunning = useRef(false);
  useEffect(() => {
    if (wasRunning.current && !running) void refresh();
    wasRunning.current = running;
  }, [running, refresh]);
  return (
    <Card
      title="Check of the store"
      description="Reads every file back, compares its hash, and looks for objects that belong to no evidence."
      className="mb-4"
      actions={
        <Button variant="primary" pending={verify.isPending || running} onClick={() => verify.mutate()}>
          {running ? "Checking…" : "Check all files"}
        </Button>
      }
    >
      <div className="space-y-2 text-sm" aria-live="polite">
        <InlineError error={verify.error ?? check.error} />
        {id === undefined && <p className="text-muted">The store was not checked yet.</p>}
        {check.isLoading && <p className="text-muted">Reading the last check…</p>}
        {check.data && <Result verdict={check.data} />}
        {check.data?.ended_at && (
          <p className="text-xs text-muted">
            Ended <RelativeTime value={check.data.ended_at} />
          </p>
        )}
      </div>
    </Card>
  );
}
