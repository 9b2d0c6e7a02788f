import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { testQuery, type TestDetail, type TestSummary } from "@/api/tests";
import { DetectionBadge, StateBadge } from "@/components/status/state-badge";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { retestsQuery } from "@/features/security-tests/api";

function Step({ test, current }: { test: TestSummary; current: boolean }) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-1.5 text-sm" aria-current={current ? "true" : undefined}>
      <span className="w-16 font-mono text-xs">{test.number}</span>
      <span className="min-w-0 flex-1 truncate">
        {current ? (
          <span className="font-medium">{test.name} (this one)</span>
        ) : (
          <Link to={`/tests/${test.id}`} className="link">
            {test.name}
          </Link>
        )}
      </span>
      <StateBadge state={test.state} />
      <DetectionBadge detection={test.detection} />
      <RelativeTime value={test.executed_at ?? test.created_at} className="text-xs text-muted" />
    </li>
  );
}

/** The first test and everything that repeats it; nothing while it stands alone. */
export function RetestChain({ test }: { test: TestDetail }) {
  const rootId = test.retest_of ?? test.id;
  const retests = useQuery(retestsQuery(test.id));
  const root = useQuery({ ...testQuery(rootId), enabled: rootId !== test.id });
  const first = rootId === test.id ? test : root.data;
  const others = (retests.data?.items ?? []).filter((item) => item.id !== rootId);
  if (!first || (others.length === 0 && rootId === test.id)) return null;
  return (
    <Card title="Retests" description="The same procedure over time, oldest first.">
      <ol className="-my-1.5 divide-y">
        {[first, ...others].map((item) => (
          <Step key={item.id} test={item} current={item.id === test.id} />
        ))}
      </ol>
    </Card>
  );
}
