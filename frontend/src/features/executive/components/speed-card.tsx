import { Card } from "@/components/ui/card";
import type { Speed } from "@/features/executive/api";
import { formatDuration } from "@/lib/format";

const span = (seconds: number | null) => (seconds === null ? "–" : formatDuration(seconds));

/** Quarter by quarter: how fast attacks were seen, of how many, and how fast gaps were proven closed. */
export function SpeedCard({ speed }: { speed: readonly Speed[] }) {
  return (
    <Card title="Speed, by quarter">
      <table className="w-full text-sm">
        <caption className="sr-only">Time to detect and time to proven fix by quarter</caption>
        <thead>
          <tr className="h-6 border-b text-right text-xs text-muted">
            <th scope="col" className="text-left font-medium">
              Until
            </th>
            <th scope="col" className="pl-2 font-medium">
              Detected
            </th>
            <th scope="col" className="pl-2 font-medium max-sm:hidden">
              Median to detect
            </th>
            <th scope="col" className="pl-2 font-medium">
              Mean to detect
            </th>
            <th scope="col" className="pl-2 font-medium">
              Mean to proven fix
            </th>
          </tr>
        </thead>
        <tbody>
          {speed.map((quarter) => (
            <tr key={quarter.until} className="h-7 border-b text-right last:border-b-0">
              <th scope="row" className="text-left font-normal whitespace-nowrap tabular">
                {quarter.until.slice(0, 10)}
              </th>
              <td className="pl-2 tabular">
                {quarter.detected} of {quarter.executions}
              </td>
              <td className="pl-2 tabular max-sm:hidden">{span(quarter.mttd_median_seconds)}</td>
              <td className="pl-2 tabular">{span(quarter.mttd_mean_seconds)}</td>
              <td className="pl-2 tabular">
                {span(quarter.mttr_mean_seconds)} <span className="text-xs text-muted">({quarter.fixes})</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
