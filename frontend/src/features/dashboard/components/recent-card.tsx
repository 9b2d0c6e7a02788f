import { Link } from "react-router";
import { useQueries } from "@tanstack/react-query";
import { findingsQuery, type Finding } from "@/api/findings";
import { testsQuery, type TestSummary } from "@/api/tests";
import { ErrorState } from "@/components/states/error-state";
import { LoadingState } from "@/components/states/loading-state";
import { DetectionBadge, StateBadge } from "@/components/status/state-badge";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { newest } from "@/features/dashboard/lib/figures";
import { humanise } from "@/lib/format";

const FEW = 6;

/** The tests that were decided and the findings that moved last. */
export function RecentCard() {
  const [tests, findings] = useQueries({
    queries: [testsQuery({ state: ["validated", "rejected"], sort: "-state_since", limit: FEW }), findingsQuery({ sort: "-status_since", limit: FEW })],
  });
  const failed = tests.data ? findings : tests;
  return (
    <Card
      title="Recent changes"
      flush
      actions={
        <Link to="/tests?state=validated&state=rejected&sort=-state_since" className="link text-sm">
          Decided tests
        </Link>
      }
    >
      {tests.data && findings.data ? (
        <Changes tests={tests.data.items} findings={findings.data.items} />
      ) : failed.error ? (
        <ErrorState error={failed.error} what="The changes" onRetry={() => void failed.refetch()} />
      ) : (
        <div className="px-4 py-2">
          <LoadingState lines={4} />
        </div>
      )}
    </Card>
  );
}

function Changes({ tests, findings }: { tests: readonly TestSummary[]; findings: readonly Finding[] }) {
  const rows = newest(tests, findings, FEW);
  if (rows.length === 0) return <p className="px-4 py-3 text-sm text-muted">Nothing yet. Decided tests and findings stand here.</p>;
  return (
    <ul>
      {rows.map(({ at, test, finding }) => (
        <li key={test?.id ?? finding?.id} className="flex min-h-8 flex-wrap items-center gap-x-2 gap-y-0.5 border-b px-4 py-1 text-sm last:border-b-0">
          {test && (
            <>
              <Link to={`/tests/${test.id}`} className="link min-w-0 flex-1 basis-28 truncate" title={test.name}>
                <span className="font-mono text-xs">{test.number}</span> {test.name}
              </Link>
              {test.state === "validated" ? <DetectionBadge detection={test.detection} /> : <StateBadge state={test.state} />}
            </>
          )}
          {finding && (
            <>
              <Link to={`/findings/${finding.id}`} className="link min-w-0 flex-1 basis-28 truncate" title={finding.title}>
                <span className="font-mono text-xs">{finding.number}</span> {finding.title}
              </Link>
              <Badge>{humanise(finding.status)}</Badge>
            </>
          )}
          <RelativeTime value={at} className="text-xs whitespace-nowrap text-muted" />
        </li>
      ))}
    </ul>
  );
}
