import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { missesQuery, quickWinsQuery } from "@/api/gaps";
import type { DomainName } from "@/api/techniques";
import { QueryView } from "@/components/states/query-view";
import { Card } from "@/components/ui/card";
import { causeLabel, gapsPath, missedTestsPath } from "@/lib/causes";
import { formatChange, formatCount } from "@/lib/format";
import { plural } from "@/lib/plural";

const FEW = 5;
const row = "flex min-h-8 items-baseline gap-x-3 border-b px-4 py-1 text-sm last:border-b-0";

/** Why current results lie below what was expected, the most frequent cause first, and whose it is. */
export function MissesCard({ domain }: { domain: DomainName }) {
  const misses = useQuery(missesQuery(domain));
  return (
    <Card
      title="Misses by cause"
      description={misses.data && `${plural(misses.data.results, "current result")} below expectation`}
      flush
      actions={
        <Link to={gapsPath(domain)} className="link text-sm" aria-label="All causes">
          All
        </Link>
      }
    >
      <QueryView query={misses} what="The causes" isEmpty={({ items }) => items.length === 0} empty={<Nothing>No current result lies below what was expected.</Nothing>}>
        {({ items }) => (
          <ul>
            {items.slice(0, FEW).map((item) => (
              <li key={item.cause ?? ""} className={row}>
                <span className="min-w-0 flex-1">
                  <Link to={gapsPath(domain, item.cause)} className="link">
                    {causeLabel(item.cause)}
                  </Link>
                  {item.owner && <span className="block text-xs text-muted">{item.owner}</span>}
                </span>
                <span className="text-right text-xs whitespace-nowrap text-muted">
                  <Link to={missedTestsPath(domain, item.cause)} className="link text-sm font-medium tabular" aria-label={`${plural(item.results, "test")}: ${causeLabel(item.cause)}`}>
                    {formatCount(item.results)}
                  </Link>{" "}
                  on {plural(item.technique_count, "technique")}
                </span>
              </li>
            ))}
          </ul>
        )}
      </QueryView>
    </Card>
  );
}

/** Techniques that left telemetry and no alert: a rule away from being seen. */
export function QuickWinsCard({ domain }: { domain: DomainName }) {
  const wins = useQuery(quickWinsQuery(domain, { limit: FEW }));
  return (
    <Card
      title="Quick wins"
      description={wins.data && `${plural(wins.data.total, "technique")} with telemetry and no alert`}
      flush
      actions={
        <Link to={`${gapsPath(domain)}#quick-wins`} className="link text-sm" aria-label="All quick wins">
          All
        </Link>
      }
    >
      <QueryView query={wins} what="The quick wins" isEmpty={({ items }) => items.length === 0} empty={<Nothing>Wherever telemetry was left an alert was raised too, or none was expected.</Nothing>}>
        {({ items }) => (
          <ul>
            {items.map((item) => (
              <li key={item.attack_id} className={row}>
                <span className="min-w-0 flex-1">
                  <Link to={`/techniques/${item.attack_id}`} className="link">
                    <span className="font-mono text-xs">{item.attack_id}</span> {item.name}
                  </Link>
                  <span className="block text-xs text-muted">
                    {plural(item.results, "result")},{" "}
                    <Link to={`/detection-rules?technique=${item.attack_id}`} className="link">
                      {plural(item.rules_active, "rule")} to choose from
                    </Link>
                  </span>
                </span>
                <span className="text-sm font-medium whitespace-nowrap text-ok tabular" title="What alerts would add to the technique's score">
                  {formatChange(item.gain)}
                </span>
              </li>
            ))}
          </ul>
        )}
      </QueryView>
    </Card>
  );
}

function Nothing({ children }: { children: string }) {
  return <p className="px-4 py-3 text-sm text-muted">{children}</p>;
}
