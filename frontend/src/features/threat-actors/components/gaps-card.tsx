import { useState } from "react";
import { Link } from "react-router";
import { useCan } from "@/api/me";
import { CoverageBadge } from "@/components/status/coverage-badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { gapsOf, type UsedTechnique } from "@/features/threat-actors/lib/uses";
import { formatCount } from "@/lib/format";

const FEW = 8;

/** Where the actor would get through: proven misses first, then what is half seen, then what nobody tested. */
export function GapsCard({ techniques }: { techniques: readonly UsedTechnique[] }) {
  const mayTest = useCan("test:create");
  const [all, setAll] = useState(false);
  const gaps = gapsOf(techniques);
  const shown = all ? gaps : gaps.slice(0, FEW);
  if (techniques.length === 0) return null;
  return (
    <Card title={`Gaps (${formatCount(gaps.length)})`} description="What is proven to be missed first, then what is half seen, then what nobody has tested." flush>
      {gaps.length === 0 && <p className="px-4 py-3 text-sm text-muted">None: every technique that counts is validated.</p>}
      <ol>
        {shown.map((gap, index) => (
          <li key={gap.attackId} className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-0.5 border-b px-4 py-1 text-sm last:border-b-0">
            <span className="w-6 shrink-0 text-right text-xs text-muted tabular">{index + 1}</span>
            <span className="w-20 shrink-0 font-mono text-xs text-muted">{gap.attackId}</span>
            <Link to={`/techniques/${gap.attackId}`} className="link min-w-0 flex-1 basis-32 truncate">
              {gap.name}
            </Link>
            {gap.status && <CoverageBadge status={gap.status} />}
            {mayTest && (
              <Link to={`/tests/new?technique=${gap.attackId}`} className="link text-xs" aria-label={`Start a test of ${gap.attackId}`}>
                Start a test
              </Link>
            )}
          </li>
        ))}
      </ol>
      {gaps.length > shown.length && (
        <p className="border-t px-4 py-2">
          <Button size="sm" onClick={() => setAll(true)}>{`Show all ${formatCount(gaps.length)} gaps`}</Button>
        </p>
      )}
    </Card>
  );
}
