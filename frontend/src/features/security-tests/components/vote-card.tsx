import { Badge } from "@/components/ui/badge";
import { RelativeTime } from "@/components/ui/relative-time";
import type { Vote } from "@/features/security-tests/api";
import { nameOf } from "@/lib/people";
import { REJECTION_CODES } from "@/features/security-tests/lib/words";
import { ROLE_LABELS } from "@/lib/roles";

const ROLE_WORDS: Record<string, string | undefined> = ROLE_LABELS;

/** A vote as this person may see it: sealed until the round is decided, open afterwards. */
export function VoteCard({ vote }: { vote: Vote }) {
  return (
    <div className="space-y-1 text-sm">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        {vote.decision === null && <Badge>Voted, sealed</Badge>}
        {vote.decision === "approve" && <Badge tone="ok">✓ True and sufficient</Badge>}
        {vote.decision === "reject" && <Badge tone="warn">✕ Rejected</Badge>}
        <span>{nameOf(vote.user)}</span>
        <span className="text-muted">
          {ROLE_WORDS[vote.role] ?? vote.role}, <RelativeTime value={vote.voted_at} />
        </span>
      </p>
      {vote.decision === null && <p className="text-xs text-muted">Shown when the other side is judged too.</p>}
      {vote.reason_code && <p>{REJECTION_CODES[vote.reason_code]}</p>}
      {vote.notes && <p className="whitespace-pre-wrap">{vote.notes}</p>}
      {vote.as_deputy_of && <p className="text-muted">As deputy of {nameOf(vote.as_deputy_of)}</p>}
      {vote.credentials_changed_recently && (
        <p className="text-xs text-warn">Somebody else changed this voter’s password or role within the 7 days before the vote.</p>
      )}
    </div>
  );
}
