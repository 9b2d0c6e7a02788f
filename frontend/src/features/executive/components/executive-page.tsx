import { Link, useSearchParams } from "react-router";
import { useMutation, useQuery } from "@tanstack/react-query";
import { saveFile } from "@/api/save";
import { EnvironmentSelect } from "@/components/pickers/environment-select";
import { InlineError } from "@/components/states/inline-error";
import { QueryView } from "@/components/states/query-view";
import { Button } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/page-header";
import { executiveQuery, type Executive } from "@/features/executive/api";
import { ComplianceCard } from "@/features/executive/components/compliance-card";
import { HeadlineFigures } from "@/features/executive/components/headline-figures";
import { RiskCard } from "@/features/executive/components/risk-card";
import { SpeedCard } from "@/features/executive/components/speed-card";
import { ActorsCard, GapsCard } from "@/features/executive/components/threat-cards";
import { TrendCard } from "@/features/executive/components/trend-chart";
import { countedTestsPath } from "@/lib/counted";
import { formatUtc } from "@/lib/format";
import { plural } from "@/lib/plural";

/** One screen for those who have two minutes: where we stand, whether we got better, where the holes are. */
export function ExecutivePage() {
  const [params, setParams] = useSearchParams();
  const environment = params.get("environment") ?? "";
  const executive = useQuery(executiveQuery(environment));
  const download = useMutation({
    mutationFn: () => saveFile("/api/v1/reports/executive", { format: "pdf", environment }, "executive.pdf"),
  });
  return (
    <div data-print="one-page">
      <PageHeader
        title="Executive Dashboard"
        description={executive.data && <Standing data={executive.data} />}
        actions={
          <>
            <EnvironmentSelect value={environment} onChange={(value) => setParams(value ? { environment: value } : {}, { replace: true })} />
            <Button variant="primary" pending={download.isPending} onClick={() => download.mutate()}>
              One page as PDF
            </Button>
          </>
        }
      />
      <InlineError error={download.error} />
      <QueryView query={executive} what="The figures">
        {(data) => <ExecutiveView data={data} />}
      </QueryView>
    </div>
  );
}

/** As of when the figures stand, of what, and on how much. */
function Standing({ data: { as_of, domain, environment, environment_id, tests, attack_version } }: { data: Executive }) {
  return (
    <>
      As of {formatUtc(as_of)}, {environment ? `${environment} only` : "all environments"}, on{" "}
      <Link to={countedTestsPath({ domain, environment: environment_id })} className="link">
        {plural(tests, "test")}
      </Link>
      ; ATT&CK {attack_version ?? "not loaded"}.
    </>
  );
}

function ExecutiveView({ data }: { data: Executive }) {
  const profiled = data.figures.some(({ name }) => name === "profile");
  return (
    <div className="space-y-4 print:space-y-2.5">
      <HeadlineFigures data={data} />
      <div className="grid items-start gap-4 xl:grid-cols-2 print:block print:columns-2 print:gap-2.5 print:*:mb-2.5 print:*:break-inside-avoid">
        <TrendCard trend={data.trend} environment={data.environment} />
        <RiskCard data={data} />
        <ActorsCard actors={data.actors} profiled={profiled} />
        <GapsCard gaps={data.gaps} profiled={profiled} />
        <SpeedCard speed={data.speed} />
        <ComplianceCard gauges={data.compliance} />
      </div>
    </div>
  );
}
