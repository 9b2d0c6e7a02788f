import { Link } from "react-router";
import type { TechniqueDetail } from "@/api/techniques";
import { Notice } from "@/components/ui/notice";
import { RelativeTime } from "@/components/ui/relative-time";

const MOST_REASONS = 8;

/** What one should know before working with the technique. */
export function TechniqueNotices({ technique }: { technique: TechniqueDetail }) {
  const { revoked, deprecated, successor, unresolved, review_required: review, withdrawn_at: withdrawn } = technique;
  return (
    <div className="space-y-2 empty:hidden">
      {revoked && (
        <Notice tone="warn" title="MITRE revoked this technique.">
          {successor ? (
            <p>
              Work with{" "}
              <Link to={`/techniques/${successor.attack_id}`} className="link">
                {successor.attack_id} {successor.name}
              </Link>{" "}
              instead. Tests on this one keep their history.
            </p>
          ) : (
            <p>It has no successor. Tests on it keep their history.</p>
          )}
        </Notice>
      )}
      {!revoked && deprecated && <Notice tone="warn" title="MITRE no longer keeps this technique.">It stands outside the matrix; tests on it keep their history.</Notice>}
      {!revoked && !deprecated && withdrawn && (
        <Notice tone="warn" title="Our ATT&CK release does not have this technique any more.">
          It went <RelativeTime value={withdrawn} />.
        </Notice>
      )}
      {unresolved && <Notice tone="warn" title="A placeholder">Content refers to this id, and our ATT&CK release does not know it.</Notice>}
      {review && (
        <Notice title="What is known of this technique changed.">
          <p>
            <RelativeTime value={technique.intel_changed_at} />. A lead reads it and marks it as reviewed.
          </p>
          {technique.review_reasons.length > 0 && (
            <ul className="list-disc pl-4 text-muted">
              {technique.review_reasons.slice(0, MOST_REASONS).map((item) => (
                <li key={`${item.kind} ${item.at} ${item.reason}`}>
                  {item.reason} <RelativeTime value={item.at} className="text-xs" />
                </li>
              ))}
              {technique.review_reasons.length > MOST_REASONS && <li>and {technique.review_reasons.length - MOST_REASONS} more</li>}
            </ul>
          )}
        </Notice>
      )}
      {technique.pending_scope_change && (
        <Notice tone="warn" title="Somebody asked to take it out of scope.">
          A current result missed it, so another lead has to ask for the same within 14 days.
        </Notice>
      )}
    </div>
  );
}
