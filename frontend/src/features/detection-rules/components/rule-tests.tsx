import { Link } from "react-router";
import type { RuleDetail } from "@/api/rules";
import { EmptyState } from "@/components/states/empty-state";
import { StateBadge } from "@/components/status/state-badge";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { resultOf } from "@/features/detection-rules/lib/words";
import { formatCount, formatRate } from "@/lib/format";

/** How the rule did: over all, and test by test. */
export function RuleTests({ rule }: { rule: RuleDetail }) {
  const { firing, tests } = rule;
  const [first] = rule.techniques;
  if (firing.evaluated === 0) {
    return (
      <Card title="In tests" flush>
        <EmptyState title="Nobody has looked for it yet">
          Whoever evaluates a test ticks which rules fired.{" "}
          {first && (
            <Link to={`/tests?technique=${first}`} className="link">
              Tests of {first}
            </Link>
          )}
        </EmptyState>
      </Card>
    );
  }
  const figures = [
    ["Looked for", formatCount(firing.evaluated), "Rounds in which somebody looked for it."],
    ["Fired", `${formatCount(firing.fired)} (${formatRate(firing.fired / firing.evaluated)})`, "Rounds in which it fired at all."],
    ["For this attack", formatCount(firing.attributed), "Firings that were put down to the test."],
    ["Other hits", tests.some((test) => test.noise_count !== null) ? formatCount(firing.noise) : "not counted", "Firings meanwhile that had nothing to do with the test, as far as they were counted."],
  ] as const;
  return (
    <Card title="In tests" flush description={firing.evaluated > tests.length ? `The newest ${formatCount(tests.length)} of ${formatCount(firing.evaluated)}.` : undefined}>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 border-b px-4 py-3 sm:grid-cols-4">
        {figures.map(([label, value, title]) => (
          <div key={label} title={title}>
            <dt className="text-xs text-muted">{label}</dt>
            <dd className="text-lg font-semibold tabular">{value}</dd>
          </div>
        ))}
      </dl>
      <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Tests in which it was looked for">
        <table className="w-full text-sm">
          <thead>
            <tr className="border-b text-left">
              {["Test", "State", "Result", "Other hits", "Recorded"].map((head) => (
                <th key={head} scope="col" className="label-caps h-8 px-3 whitespace-nowrap first:pl-4">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {tests.map((test) => {
              const result = resultOf(test);
              return (
                <tr key={`${test.id} ${test.round}`} className="border-b last:border-b-0">
                  <td className="max-w-72 py-1.5 pr-3 pl-4">
                    <Link to={`/tests/${test.id}`} className="link">
                      {test.number !== null && <span className="mr-1.5 font-mono text-xs whitespace-nowrap">AT-{test.number}</span>}
                      {test.name}
                    </Link>
                    {test.round > 1 && <span className="ml-1.5 text-xs text-muted">round {test.round}</span>}
                    {test.notes && <span className="block text-xs break-words text-muted">{test.notes}</span>}
                  </td>
                  <td className="px-3 py-1.5">
                    <StateBadge state={test.state} />
                  </td>
                  <td className="px-3 py-1.5">
                    <Badge tone={result.tone}>{result.label}</Badge>
                  </td>
                  <td className="px-3 py-1.5 tabular">{test.noise_count === null ? <span className="text-muted">not counted</span> : formatCount(test.noise_count)}</td>
                  <td className="px-3 py-1.5 whitespace-nowrap text-muted">
                    <RelativeTime value={test.recorded_at} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
