import { useQuery } from "@tanstack/react-query";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Progress } from "@/components/ui/progress";
import { formatCount, humanise } from "@/lib/format";
import { plural } from "@/lib/plural";
import { trailCheckQuery, useVerifyTrail, type TrailVerdict } from "@/features/audit/api";

/** What was compared, as "12 rounds, 24 votes". */
function compared(verdict: TrailVerdict): string {
  const parts = Object.entries(verdict.facts?.checked ?? {}).map(([kind, count]) => `${formatCount(count)} ${humanise(kind).toLowerCase()}`);
  return parts.length > 0 ? parts.join(", ") : "no facts";
}

function Whole({ verdict }: { verdict: TrailVerdict }) {
  return (
    <p className="flex items-center gap-2 py-1">
      <CircleCheck aria-hidden className="size-4 shrink-0 text-ok" />
      <span>
        {plural(verdict.entries ?? 0, "entry", "entries")} checked: none was changed, added or left out.
        {verdict.facts && ` Compared with it: ${compared(verdict)}; all are as they were recorded.`}
      </span>
    </p>
  );
}

function Broken({ verdict }: { verdict: TrailVerdict }) {
  const [first] = verdict.faults;
  const rest = (verdict.facts?.finding_count ?? 0) - (verdict.facts?.findings.length ?? 0);
  return (
    <div className="space-y-1 py-1">
      <p className="flex items-center gap-2 font-medium text-danger">
        <TriangleAlert aria-hidden className="size-4 shrink-0" />
        {first ? `The trail is not as it was written; it breaks at entry ${first.seq}.` : "The trail is whole, but stored facts are not what it says."}
      </p>
      <ul className="space-y-0.5">
        {verdict.faults.map((fault) => (
          <li key={`${fault.seq}-${fault.code}-${fault.message}`}>
            <span className="font-mono text-xs text-muted">No. {fault.seq}</span> {fault.message}
          </li>
        ))}
        {verdict.facts?.findings.map((item) => (
          <li key={`${item.kind}-${item.code}-${item.subject_id}-${item.seq ?? ""}`}>
            <span className="font-mono text-xs text-muted">{item.seq === null ? humanise(item.kind) : `No. ${item.seq}`}</span> {item.message}
          </li>
        ))}
      </ul>
      {rest > 0 && <p className="text-muted">And {formatCount(rest)} more.</p>}
    </div>
  );
}

function Outcome({ verdict }: { verdict: TrailVerdict }) {
  if (verdict.status === "running") {
    const known = verdict.total > 0;
    return (
      <div className="space-y-1 py-1">
        <p>{known ? `${formatCount(verdict.done)} of ${plural(verdict.total, "entry", "entries")} read` : "Reading the trail"}</p>
        <Progress label="Progress of the check" value={known ? verdict.done : null} max={known ? verdict.total : 100} />
      </div>
    );
  }
  if (verdict.intact === null) return <p className="py-1 text-danger">The check did not come to its end: {verdict.error ?? verdict.status}.</p>;
  return verdict.intact ? <Whole verdict={verdict} /> : <Broken verdict={verdict} />;
}

/** Checks the trail, and the facts that it seals, and says what was found and what such a check cannot show. */
export function VerifyTrail() {
  const verify = useVerifyTrail();
  const begun = verify.data;
  const later = useQuery({ ...trailCheckQuery(begun?.id ?? ""), enabled: begun?.status === "running" });
  const verdict = begun?.status === "running" ? (later.data ?? begun) : begun;
  const busy = verify.isPending || verdict?.status === "running";
  return (
    <div className="mb-4 flex flex-wrap items-start gap-3 rounded-lg border bg-surface px-4 py-2.5">
      <div className="min-w-48 flex-1 text-sm" aria-live="polite">
        {!verdict && !verify.error && <p className="py-1 text-muted">Every entry carries a hash over itself and the one before it.</p>}
        <InlineError error={verify.error ?? later.error} />
        {verdict && <Outcome verdict={verdict} />}
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
      <div className="flex flex-wrap gap-2">
        <Button pending={busy && verify.variables === false} disabled={busy} onClick={() => verify.mutate(false)}>
          Check the trail
        </Button>
        <Button pending={busy && verify.variables === true} disabled={busy} onClick={() => verify.mutate(true)}>
          Check with facts
        </Button>
      </div>
    </div>
  );
}
