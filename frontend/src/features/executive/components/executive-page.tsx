import { useMutation, useQuery } from "@tanstack/react-query";
import { saveFile } from "@/api/save";
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
import { formatUtc } from "@/lib/format";
import { plural } from "@/lib/plural";

/** One screen for those who have two minutes: where we stand, whether we got better, where the holes are. */
export function ExecutivePage() {
  const executive = useQuery(executiveQuery());
  const download = useMutation({ mutationFn: () => saveFile("/api/v1/reports/executive", { format: "pdf" }, "executive.pdf") });
  return (
    <div data-print="one-page">
      <PageHeader
        title="Executive Dashboard"
        description={executive.data && `As of ${formatUtc(executive.data.as_of)}, on ${plural(executive.data.tests, "test")}; ATT&CK ${executive.data.attack_version ?? "not loaded"}.`}
        actions={
          <Button variant="primary" pending={download.isPending} onClick={() => download.mutate()}>
            One page as PDF
          </Button>
        }
      />
      <InlineError error={download.error} />
      <QueryView query={executive} what="The figures">
        {(data) => <ExecutiveView data={data} />}
      </QueryView>
    </div>
  );
}

function ExecutiveView({ data }: { data: Executive }) {
  return (
    <div className="space-y-4 print:space-y-2.5">
      <HeadlineFigures data={data} />
      <div className="grid items-start gap-4 xl:grid-cols-2 print:block print:columns-2 print:gap-2.5 print:*:mb-2.5 print:*:break-inside-avoid">
        <TrendCard trend={data.trend} />
        <RiskCard data={data} />
        <ActorsCard actors={data.actors} profiled={data.figures.some(({ name }) => name === "profile")} />
        <GapsCard gaps={data.gaps} />
        <SpeedCard speed={data.speed} />
        <ComplianceCard gauges={data.compliance} />
      </div>
    </div>
  );
}
