import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import type { DomainName } from "@/api/techniques";
import { testsQuery } from "@/api/tests";
import { QueryView } from "@/components/states/query-view";
import { Card } from "@/components/ui/card";
import { summaryQuery } from "@/features/dashboard/api";
import { ANY_DOUBT, countedTestsPath, doubtedTestsPath, resultTestsPath } from "@/lib/counted";
import { formatCount } from "@/lib/format";

/** Current results against expectation, and those that no longer count. */
export function ResultsCard({ domain }: { domain: DomainName }) {
  const summary = useQuery(summaryQuery(domain));
  const doubted = useQuery(testsQuery({ domain, in_doubt: ANY_DOUBT, limit: 1 })).data?.total;
  return (
    <Card title="Results that count">
      <QueryView query={summary} what="The results">
        {({ results, tests }) => (
          <dl className="grid grid-cols-3 gap-x-4 gap-y-3">
            <Figure label="Expectation met" value={results.met} to={resultTestsPath(["met"], { domain })} />
            <Figure label="Something seen" value={results.sighted} to={resultTestsPath(["sighted"], { domain })} />
            <Figure label="Missed" value={results.missed} to={resultTestsPath(["missed"], { domain })} />
            <Figure label="Stale: too old to count" value={results.expired} to={resultTestsPath(["expired"], { domain })} />
            <Figure label="Expire within 60 days" value={results.expiring} to={resultTestsPath(["expiring"], { domain })} />
            <Figure label="Inconclusive" value={tests.inconclusive} to={countedTestsPath({ domain }, [["state", "validated"], ["detection", "inconclusive"]])} />
            {doubted !== undefined && <Figure label="In doubt: changed since" value={doubted} to={doubtedTestsPath({ domain })} />}
          </dl>
        )}
      </QueryView>
    </Card>
  );
}

function Figure({ label, value, to }: { label: string; value: number; to: string }) {
  return (
    <div className="flex flex-col justify-between">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="text-xl font-semibold tabular">
        {value > 0 ? (
          <Link to={to} className="link" aria-label={`${formatCount(value)} ${label}`}>
            {formatCount(value)}
          </Link>
        ) : (
          "0"
        )}
      </dd>
    </div>
  );
}
