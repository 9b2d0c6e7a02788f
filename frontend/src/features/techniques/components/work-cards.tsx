import { Link } from "react-router";
import type { TechniqueDetail } from "@/api/techniques";
import { EmptyState } from "@/components/states/empty-state";
import { CoverageBadge } from "@/components/status/coverage-badge";
import { StateBadge } from "@/components/status/state-badge";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { formatCount } from "@/lib/format";

const row = "flex min-h-8 flex-wrap items-center gap-x-3 gap-y-0.5 border-b px-4 py-1 text-sm last:border-b-0";

export function TestsCard({ technique }: { technique: TechniqueDetail }) {
  const { recent_tests: tests, tests_total: total } = technique;
  return (
    <Card
      title={`Tests (${formatCount(total)})`}
      flush
      actions={
        total > 0 && (
          <Link to={`/tests?technique=${technique.attack_id}`} className="link text-sm">
            All tests
          </Link>
        )
      }
    >
      {tests.length === 0 ? (
        <EmptyState title="Not tested yet">A test shows whether this would be seen. Results make the status.</EmptyState>
      ) : (
        <ul>
          {tests.map((test) => (
            <li key={test.id} className={row}>
              <span className="font-mono text-xs text-muted">AT-{test.number}</span>
              <Link to={`/tests/${test.id}`} className="link min-w-0 flex-1 basis-40 truncate">
                {test.name}
              </Link>
              <StateBadge state={test.state} />
              <RelativeTime value={test.created_at} className="text-xs text-muted" />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

export function SubtechniquesCard({ technique }: { technique: TechniqueDetail }) {
  const { subtechniques } = technique;
  if (subtechniques.length === 0) return null;
  return (
    <Card title={`Sub-techniques (${formatCount(subtechniques.length)})`} flush>
      <ul>
        {subtechniques.map((sub) => (
          <li key={sub.attack_id} className={row}>
            <span className="w-20 shrink-0 font-mono text-xs text-muted">{sub.attack_id}</span>
            <Link to={`/techniques/${sub.attack_id}`} className="link min-w-0 flex-1 truncate">
              {sub.name}
            </Link>
            {sub.status && <CoverageBadge status={sub.status} />}
          </li>
        ))}
      </ul>
    </Card>
  );
}
