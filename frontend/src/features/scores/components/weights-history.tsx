import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import type { ScoringDecision } from "@/features/scores/api";
import { COMPONENTS } from "@/features/scores/lib/weights";

/** Which weights held when, by whom and why. */
export function WeightsHistory({ history }: { history: readonly ScoringDecision[] }) {
  return (
    <Card title="History" flush>
      <div className="overflow-x-auto" role="region" aria-label="History of weights" tabIndex={0}>
        <table className="w-full text-sm">
          <caption className="sr-only">Weights that held, newest first</caption>
          <thead>
            <tr className="h-8 border-b text-left text-xs text-muted">
              <th scope="col" className="px-4 font-medium">
                Since
              </th>
              <th scope="col" className="px-2 font-medium">
                By
              </th>
              {COMPONENTS.map(({ id, label }) => (
                <th key={id} scope="col" className="px-2 text-right font-medium whitespace-nowrap">
                  {label}
                </th>
              ))}
              <th scope="col" className="px-4 font-medium">
                Reason
              </th>
            </tr>
          </thead>
          <tbody>
            {history.map((row) => (
              <tr key={row.valid_from ?? "first"} className="h-8 border-b last:border-b-0">
                <td className="px-4 whitespace-nowrap">{row.valid_from ? <RelativeTime value={row.valid_from} /> : "The start"}</td>
                <td className="px-2">{row.decided_by ?? <span className="text-muted">settings</span>}</td>
                {COMPONENTS.map(({ id }) => (
                  <td key={id} className="px-2 text-right tabular">
                    {row[id]}
                  </td>
                ))}
                <td className="max-w-prose px-4 text-muted">{row.reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
