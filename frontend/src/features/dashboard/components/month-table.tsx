import type { Operational } from "@/features/dashboard/api";
import { formatDuration } from "@/lib/format";

const HEADINGS = ["Month", "Executions", "Detected", "Median to detect", "Results", "Met", "Decided", "Validated", "Findings", "Proven fixed", "Mean to fix"];
const span = (seconds: number | null) => (seconds === null ? "–" : formatDuration(seconds));

/** The period month by month, the newest first. */
export function MonthTable({ months }: { months: Operational["trend"] }) {
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Month by month">
      <table className="w-full text-sm">
        <caption className="sr-only">Month by month: results by execution, rounds by decision, findings by opening and proof</caption>
        <thead>
          <tr className="border-b">
            {HEADINGS.map((heading) => (
              <th key={heading} scope="col" className="label-caps h-8 px-2 text-right whitespace-nowrap first:pl-0 first:text-left">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...months].reverse().map((month) => (
            <tr key={month.month} className="h-8 border-b text-right last:border-b-0">
              <th scope="row" className="text-left font-normal tabular">
                {month.month}
              </th>
              {[month.executions, month.detected, span(month.mttd_median_seconds), month.results, month.met, month.decided, month.validated, month.findings_opened, month.findings_proven, span(month.mttr_mean_seconds)].map(
                (value, place) => (
                  <td key={HEADINGS[place + 1]} className="px-2 whitespace-nowrap tabular">
                    {value}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
