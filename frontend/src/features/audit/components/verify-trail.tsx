import { CircleCheck, TriangleAlert } from "lucide-react";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { formatCount } from "@/lib/format";
import { useVerifyTrail } from "@/features/audit/api";

/** Checks the trail and says what was found and what such a check cannot show. */
export function VerifyTrail() {
  const verify = useVerifyTrail();
  const verdict = verify.data;
  return (
    <div className="mb-4 flex flex-wrap items-start gap-3 rounded-lg border bg-surface px-4 py-2.5">
      <div className="min-w-0 flex-1 text-sm" aria-live="polite">
        {!verdict && !verify.error && <p className="py-1 text-muted">Every entry carries a hash over itself and the one before it.</p>}
        <InlineError error={verify.error} />
        {verdict?.intact && (
          <p className="flex items-center gap-2 py-1">
            <CircleCheck aria-hidden className="size-4 text-ok" />
            {formatCount(verdict.entries)} entries checked: none was changed, added or left out.
          </p>
        )}
        {verdict && !verdict.intact && (
          <div className="space-y-1 py-1">
            <p className="flex items-center gap-2 font-medium text-danger">
              <TriangleAlert aria-hidden className="size-4" />
              The trail is not as it was written.
            </p>
            <ul className="space-y-0.5">
              {verdict.faults.map((fault) => (
                <li key={`${fault.seq}-${fault.code}`}>
                  <span className="font-mono text-xs text-muted">No. {fault.seq}</span> {fault.message}
                </li>
              ))}
            </ul>
          </div>
        )}
        {verdict && verdict.not_proven.length > 0 && (
          <details className="text-xs text-muted">
            <summary className="min-h-6 py-1">What this check cannot show</summary>
            <ul className="list-disc space-y-0.5 pl-4">
              {verdict.not_proven.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </details>
        )}
      </div>
      <Button pending={verify.isPending} onClick={() => verify.mutate()}>
        {verify.isPending ? "Checking…" : "Check the trail"}
      </Button>
    </div>
  );
}
