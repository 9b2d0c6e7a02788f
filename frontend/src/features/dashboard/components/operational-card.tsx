import { useState, type ReactNode } from "react";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import type { DomainName } from "@/api/techniques";
import { QueryView } from "@/components/states/query-view";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { operationalQuery, type Operational } from "@/features/dashboard/api";
import { MonthTable } from "@/features/dashboard/components/month-table";
import { matrixPath, ofWords } from "@/features/dashboard/lib/figures";
import { CURRENT, countedTestsPath, resultTestsPath } from "@/lib/counted";
import { formatMeasured, formatRate, formatUtc } from "@/lib/format";
import { plural } from "@/lib/plural";

/** How fast, how well and how reliably, over the last 90 days. Null is said in words: nobody measured it. */
export function OperationalCard({ domain }: { domain: DomainName }) {
  const [table, setTable] = useState(false);
  const operational = useQuery(operationalQuery(domain));
  const { data } = operational;
  return (
    <Card
      title="How fast and how reliably"
      description={data && `${data.since.slice(0, 10)} to ${data.until.slice(0, 10)}, as of ${formatUtc(data.as_of)}`}
      actions={
        <Button size="sm" aria-pressed={table} onClick={() => setTable(!table)}>
          {table ? "Whole period" : "By month"}
        </Button>
      }
    >
      <QueryView query={operational} what="The figures">
        {(found) => (table ? <MonthTable months={found.trend} /> : <Figures data={found} domain={domain} />)}
      </QueryView>
    </Card>
  );
}

function Figures({ data, domain }: { data: Operational; domain: DomainName }) {
  const { mttd, time_to_acknowledge: acknowledge, mttr, open_findings: open, detection_efficacy: efficacy, validation_rate: validated, coverage_velocity: velocity } = data;
  const accepted = open.by_status.risk_accepted ?? 0;
  const results = `/reports?report=results&from=${data.since.slice(0, 10)}`;
  const period: [string, string][] = [
    ["executed_from", data.since],
    ["executed_to", data.until],
    ["state", "validated"],
  ];
  const conclusive = ["prevented", "detected", "partially_detected", "not_detected"].map((outcome): [string, string] => ["detection", outcome]);
  const executed = countedTestsPath({ domain }, [...period, ...conclusive]);
  const fixes = `/findings?${new URLSearchParams({ proven_from: data.since, proven_to: data.until }).toString()}`;
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-4 md:grid-cols-3 xl:grid-cols-6">
      <Figure label="Mean time to detect" to={executed} value={formatMeasured(mttd.all.mean_seconds)} measured={mttd.all.mean_seconds !== null}>
        {mttd.all.executions > 0 ? `${mttd.all.detected} of ${plural(mttd.all.executions, "execution")} detected` : "no execution"}
        {mttd.blind.executions > 0 && `, blind ${mttd.blind.detected} of ${mttd.blind.executions}`}
      </Figure>
      <Figure label="Mean time to acknowledge" to={results} value={formatMeasured(acknowledge.blind.mean_seconds)} measured={acknowledge.blind.mean_seconds !== null}>
        {`of ${plural(acknowledge.blind.count, "alert")} in blind tests`}
      </Figure>
      <Figure label="Mean time to proven fix" to={fixes} value={formatMeasured(mttr.mean_seconds)} measured={mttr.mean_seconds !== null}>
        {`${plural(mttr.count, "fix", "fixes")} proven, `}
        <Link to="/findings?open=true" className="link">
          {open.count} not closed
        </Link>
        {accepted > 0 && `, ${accepted} of them accepted`}
      </Figure>
      <Figure label="Detection efficacy" to={resultTestsPath(CURRENT, { domain })} value={formatRate(efficacy.value)} measured={efficacy.value !== null}>
        {ofWords(efficacy, "current result")}
      </Figure>
      <Figure label="Validation rate" to={results} value={formatRate(validated.value)} measured={validated.value !== null}>
        {`${ofWords(validated, "decided round")}; first pass ${data.first_pass_yield.value === null ? "not measured" : formatRate(data.first_pass_yield.value)}`}
      </Figure>
      <Figure label="Validated techniques, net" to={matrixPath(domain, { status: "validated" })} value={velocity.net > 0 ? `+${velocity.net}` : String(velocity.net).replace("-", "−")} measured>
        {`${velocity.entered} gained, ${velocity.left} lost`}
      </Figure>
    </dl>
  );
}

function Figure({ label, value, to, measured, children }: { label: string; value: string; to: string; measured: boolean; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{label}</dt>
      <dd>
        {measured ? (
          <Link to={to} aria-label={`${label}: ${value}`} className="text-lg font-semibold whitespace-nowrap tabular hover:underline">
            {value}
          </Link>
        ) : (
          <span className="text-base text-muted">not measured</span>
        )}
        <span className="block text-xs text-muted">{children}</span>
      </dd>
    </div>
  );
}
