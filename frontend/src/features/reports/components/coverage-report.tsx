import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { QueryView } from "@/components/states/query-view";
import { coverageReportQuery, type CoverageParams } from "@/features/reports/api";
import { ReportFigures, ReportFoot } from "@/features/reports/components/report-figures";
import { COVERAGE, type CoverageStatus } from "@/lib/coverage";
import { CURRENT, countedTestsPath, resultTestsPath } from "@/lib/counted";
import { formatCount } from "@/lib/format";

const STATUSES = Object.keys(COVERAGE) as CoverageStatus[];

/** Coverage in all and per tactic, as it is printed. */
export function CoverageReportView({ params }: { params: CoverageParams }) {
  const report = useQuery(coverageReportQuery(params));
  const { environment, platform: platforms = [], domain = "enterprise" } = params;
  const where = { domain, environment, platforms };
  /** The matrix under the filters of the report. */
  const matrix = (filters: Record<string, string>) =>
    `/matrix?${new URLSearchParams([...Object.entries(filters), ...(environment ? [["environment", environment]] : []), ...platforms.map((platform) => ["platform", platform])]).toString()}`;
  return (
    <QueryView query={report} what="The report">
      {(data) => (
        <>
          <ReportFigures
            figures={[
              { label: "Units in scope", value: formatCount(data.totals.counted), hint: `of ${formatCount(data.totals.units)}` },
              { label: "Validated", value: formatCount(data.totals.by_status.validated), to: matrix({ status: "validated" }) },
              { label: "Partial", value: formatCount(data.totals.by_status.partial), to: matrix({ status: "partial" }) },
              { label: "Not covered", value: formatCount(data.totals.by_status.not_covered), to: matrix({ status: "not_covered" }) },
              { label: "Current results", value: formatCount(data.totals.results.current), hint: `${formatCount(data.totals.results.met)} met`, to: resultTestsPath(CURRENT, where) },
              { label: "Tests", value: formatCount(data.totals.tests), to: countedTestsPath(where) },
            ]}
          />
          <div className="overflow-x-auto border-t" role="region" aria-label="Coverage by tactic" tabIndex={0}>
            <table className="w-full text-sm">
              <caption className="sr-only">Units of measure by tactic and status</caption>
              <thead>
                <tr className="h-8 border-b text-right text-xs text-muted">
                  <th scope="col" className="px-4 text-left font-medium">
                    Tactic
                  </th>
                  {STATUSES.map((status) => (
                    <th key={status} scope="col" className="px-3 font-medium whitespace-nowrap">
                      {COVERAGE[status].label}
                    </th>
                  ))}
                  <th scope="col" className="px-4 font-medium">
                    Tests
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.tactics.map((tactic) => (
                  <tr key={tactic.shortname} className="h-8 border-b text-right last:border-b-0">
                    <th scope="row" className="px-4 text-left font-normal whitespace-nowrap">
                      <Link to={matrix({ tactic: tactic.shortname })} className="link">
                        {tactic.name}
                      </Link>
                    </th>
                    {STATUSES.map((status) => (
                      <td key={status} className="px-3 tabular">
                        {tactic.by_status[status] > 0 ? (
                          <Link to={matrix({ tactic: tactic.shortname, status })} className="hover:underline" aria-label={`${tactic.by_status[status]} ${COVERAGE[status].label} in ${tactic.name}`}>
                            {formatCount(tactic.by_status[status])}
                          </Link>
                        ) : (
                          <span className="text-faint">0</span>
                        )}
                      </td>
                    ))}
                    <td className="px-4 tabular">{formatCount(tactic.tests)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <ReportFoot asOf={data.as_of} filters={data.filters} trail={data.trail} />
        </>
      )}
    </QueryView>
  );
}
