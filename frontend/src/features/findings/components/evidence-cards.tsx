import { Link } from "react-router";
import { DetectionBadge, StateBadge } from "@/components/status/state-badge";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import type { FindingDetail, FindingResult } from "@/features/findings/api";
import { humanise } from "@/lib/format";
import { plural } from "@/lib/plural";

/** The confirmed results below expectation that show the gap, each with whether a retest has closed it. */
export function ResultsCard({ finding }: { finding: FindingDetail }) {
  return (
    <Card title="Results that show it" flush>
      {finding.results.length === 0 ? (
        <p className="px-4 py-3 text-sm text-muted">None is left: its results moved to another finding.</p>
      ) : (
        <div className="overflow-x-auto" role="region" aria-label="Results that show it" tabIndex={0}>
          <table className="w-full text-sm">
            <caption className="sr-only">Results below expectation</caption>
            <thead>
              <tr className="h-8 border-b text-left text-xs text-muted">
                {["Test", "Technique", "Where", "Detection", "Expected", "Executed", "Proof"].map((heading) => (
                  <th key={heading} scope="col" className="px-4 font-medium">
                    {heading}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {finding.results.map((result) => (
                <ResultRow key={result.test_id} result={result} limit={finding.retest_limit} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function ResultRow({ result, limit }: { result: FindingResult; limit: number }) {
  return (
    <tr className="border-b align-top last:border-b-0">
      <th scope="row" className="min-w-48 px-4 py-1.5 text-left font-normal">
        <Link to={`/tests/${result.test_id}`} className="link">
          <span className="font-mono text-xs">{result.number}</span> {result.name}
        </Link>
      </th>
      <td className="px-4 py-1.5">
        <Link to={`/techniques/${result.technique}`} className="link font-mono text-xs" title={result.technique_name}>
          {result.technique}
        </Link>
      </td>
      <td className="px-4 py-1.5">
        {result.environment.name}
        {result.platform && <span className="block text-xs text-muted">{result.platform}</span>}
      </td>
      <td className="px-4 py-1.5">
        <DetectionBadge detection={result.detection} />
      </td>
      <td className="px-4 py-1.5">{humanise(result.expected)}</td>
      <td className="px-4 py-1.5 whitespace-nowrap">
        <RelativeTime value={result.executed_at} />
      </td>
      <td className="px-4 py-1.5">
        {result.proven_at ? (
          <Badge tone="ok">
            Proven <RelativeTime value={result.proven_at} />
          </Badge>
        ) : result.accepted ? (
          <Badge>Risk accepted</Badge>
        ) : (
          <span className="text-xs whitespace-nowrap text-muted" title="Automatic retests that proved something">
            {result.retests_used} of {plural(limit, "retest")}
          </span>
        )}
      </td>
    </tr>
  );
}

/** Tests that repeat what failed. */
export function RetestsCard({ finding }: { finding: FindingDetail }) {
  if (finding.retests.length === 0) return null;
  return (
    <Card title="Retests" flush>
      <ul>
        {finding.retests.map((retest) => (
          <li key={retest.test_id} className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-1.5 text-sm last:border-b-0">
            <Link to={`/tests/${retest.test_id}`} className="link min-w-48 flex-1">
              <span className="font-mono text-xs">{retest.number}</span> {retest.name}
            </Link>
            <span className="text-xs text-muted">
              {retest.automatic ? "automatic" : "by hand"}, generation {retest.generation}
            </span>
            <StateBadge state={retest.archived ? "archived" : retest.state} />
            {retest.detection && <DetectionBadge detection={retest.detection} />}
            {retest.annulled ? <Badge>Annulled</Badge> : retest.proves && <Badge tone="ok">Proves it</Badge>}
          </li>
        ))}
      </ul>
    </Card>
  );
}
