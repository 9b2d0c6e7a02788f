import { Link } from "react-router";
import { useMutation } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import { saveFile } from "@/api/save";
import { FilterBar } from "@/components/data-table/filter-bar";
import { useTableParams } from "@/components/data-table/use-table-params";
import { EnvironmentSelect } from "@/components/pickers/environment-select";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { MultiSelect } from "@/components/ui/multi-select";
import { PageHeader } from "@/components/ui/page-header";
import { Select } from "@/components/ui/select";
import { CoverageReportView } from "@/features/reports/components/coverage-report";
import { RemediationReportView } from "@/features/reports/components/remediation-report";
import { ResultsReportView } from "@/features/reports/components/results-report";
import { PLATFORMS } from "@/lib/platforms";

const REPORTS = [
  { id: "coverage", label: "Coverage", path: "/api/v1/reports/coverage-summary", file: "coverage-summary", dated: false },
  { id: "results", label: "Test results", path: "/api/v1/reports/test-results", file: "test-results", dated: true },
  { id: "remediation", label: "Remediation", path: "/api/v1/reports/remediation", file: "remediation", dated: true },
] as const;
const FORMATS = [
  { id: "pdf", label: "PDF" },
  { id: "csv", label: "CSV" },
  { id: "json", label: "JSON" },
] as const;
type Format = (typeof FORMATS)[number]["id"];

/** Reports as they are printed, with the filters of the lists, and as files. */
export function ReportsPage() {
  const { get, getAll, setFilter, patch } = useTableParams();
  // A page of its own, for those who may see it.
  const mayLead = useCan("executive:read");
  const report = REPORTS.find(({ id }) => id === get("report")) ?? REPORTS[0];
  const [platform, environment, from, to] = [getAll("platform"), get("environment"), get("from"), get("to")];
  const shared = { ...(platform.length > 0 && { platform }), ...(environment && { environment }) };
  const dated = { ...shared, ...(from && { from }), ...(to && { to }) };
  const download = useMutation({
    mutationFn: (format: Format) => saveFile(report.path, { ...(report.dated ? dated : shared), format }, `${report.file}.${format}`),
  });
  return (
    <>
      <PageHeader
        title="Reports"
        description="Figures that can be checked: each says as of when it stands and on how many tests. Blind tests are in none before they are revealed."
        actions={
          <>
            {mayLead && (
              <Button asChild variant="ghost">
                <Link to={environment ? `/executive?environment=${environment}` : "/executive"}>Executive report</Link>
              </Button>
            )}
            {FORMATS.map(({ id, label }) => (
              <Button key={id} variant={id === "pdf" ? "primary" : undefined} pending={download.isPending && download.variables === id} onClick={() => download.mutate(id)}>
                {label}
              </Button>
            ))}
          </>
        }
      />
      <InlineError error={download.error} />
      <Card flush>
        <FilterBar onClear={platform.length > 0 || environment || from || to ? () => patch({ platform: null, environment: null, from: null, to: null }) : undefined}>
          <Select
            aria-label="Report"
            className="w-40!"
            options={REPORTS.map(({ id, label }) => ({ value: id, label }))}
            value={report.id}
            onChange={(event) => setFilter("report", event.target.value)}
          />
          <MultiSelect label="Platform" options={PLATFORMS.map((name) => ({ value: name, label: name }))} value={platform} onChange={(value) => setFilter("platform", value)} />
          <EnvironmentSelect value={environment} onChange={(value) => setFilter("environment", value)} />
          {report.dated && (
            <>
              <label className="flex items-center gap-1.5 text-xs text-muted">
                From
                <Input type="date" className="w-34" value={from} max={to || undefined} onChange={(event) => setFilter("from", event.target.value)} />
              </label>
              <label className="flex items-center gap-1.5 text-xs text-muted">
                to
                <Input type="date" className="w-34" value={to} min={from || undefined} onChange={(event) => setFilter("to", event.target.value)} />
              </label>
            </>
          )}
        </FilterBar>
        {report.id === "coverage" && <CoverageReportView params={shared} />}
        {report.id === "results" && <ResultsReportView params={dated} />}
        {report.id === "remediation" && <RemediationReportView params={dated} />}
      </Card>
    </>
  );
}
