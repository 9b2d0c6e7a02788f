import type { TestDetail } from "@/api/tests";
import { Notice } from "@/components/ui/notice";
import { RelativeTime } from "@/components/ui/relative-time";
import { DOUBTS } from "@/lib/counted";
import { nameOf } from "@/lib/people";

/** What sets the test apart from others: archived, annulled, in doubt, about to be annulled. */
export function StandingNotices({ test }: { test: TestDetail }) {
  return (
    <>
      {test.archived && (
        <Notice title="Archived">
          <p>
            {test.archive_reason} <RelativeTime value={test.archived_at} className="text-muted" />
          </p>
        </Notice>
      )}
      {test.annulled && (
        <Notice tone="warn" title="Annulled: this result counts nowhere">
          <p>
            {test.annul_reason} <RelativeTime value={test.annulled_at} className="text-muted" />
          </p>
        </Notice>
      )}
      {test.in_doubt.length > 0 && !test.annulled && (
        <Notice tone="warn" title="In doubt: something changed under this result">
          <p>Since it was run, {test.in_doubt.map((reason) => DOUBTS[reason]).join(", ")}. It goes on to count until a newer result takes its place.</p>
        </Notice>
      )}
      {test.annulment && !test.annulled && (
        <Notice tone="warn" title={`${nameOf(test.annulment.requested_by)} asks to annul this result`}>
          <p>“{test.annulment.reason}”</p>
          <p className="text-muted">
            Another lead or an admin confirms it; the request lapses <RelativeTime value={test.annulment.expires_at} />.
          </p>
        </Notice>
      )}
    </>
  );
}
