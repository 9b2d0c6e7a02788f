import { useEffect, useState } from "react";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Progress } from "@/components/ui/progress";
import { formatCount, formatDuration, humanise } from "@/lib/format";
import { useCancelRun, type Run } from "@/features/data-sources/api";

function useSecondsSince(iso: string | null): number | null {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return iso ? Math.max(0, (now - Date.parse(iso)) / 1000) : null;
}

/** Phase, done of total and time so far of a run that goes on. */
export function RunProgress({ run, canCancel }: { run: Run; canCancel: boolean }) {
  const cancel = useCancelRun();
  const seconds = useSecondsSince(run.started_at ?? run.created_at);
  const known = run.total !== null && run.total > 0;
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 text-sm">
        <p aria-live="polite">
          <span className="font-medium">{humanise(run.phase)}</span>
          {known && (
            <span className="tabular text-muted">
              {" "}
              {formatCount(run.done)} of {formatCount(run.total ?? 0)}
            </span>
          )}
        </p>
        <span className="flex items-center gap-3 text-muted">
          {seconds !== null && <span className="tabular">{formatDuration(Math.floor(seconds))}</span>}
          {canCancel && (
            <Button size="sm" pending={cancel.isPending} onClick={() => cancel.mutate(run)}>
              Cancel
            </Button>
          )}
        </span>
      </div>
      <Progress label={`Progress: ${humanise(run.phase)}`} value={known ? run.done : null} max={run.total ?? 100} />
      <InlineError error={cancel.error} />
    </div>
  );
}
