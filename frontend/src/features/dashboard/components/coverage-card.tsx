import { useState } from "react";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import type { DomainName } from "@/api/techniques";
import { QueryView } from "@/components/states/query-view";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { byTacticQuery, summaryQuery, type Summary, type TacticMetrics } from "@/features/dashboard/api";
import { StatusBar } from "@/features/dashboard/components/status-bar";
import { TacticTable } from "@/features/dashboard/components/tactic-table";
import { inScope, matrixPath } from "@/features/dashboard/lib/figures";
import { COVERAGE, COVERAGE_ORDER } from "@/lib/coverage";
import { formatCount } from "@/lib/format";
import { cn } from "@/lib/cn";
import { plural } from "@/lib/plural";

/** How the techniques of a domain stand: in all, and tactic by tactic. */
export function CoverageCard({ domain }: { domain: DomainName }) {
  const [table, setTable] = useState(false);
  const summary = useQuery(summaryQuery(domain));
  const tactics = useQuery(byTacticQuery(domain));
  return (
    <Card
      title="Coverage by status"
      actions={
        <Button size="sm" aria-pressed={table} onClick={() => setTable(!table)}>
          {table ? "Bars" : "Table"}
        </Button>
      }
    >
      <QueryView query={summary} what="The coverage">
        {(data) => <Totals summary={data} domain={domain} />}
      </QueryView>
      <div className="mt-4">
        <QueryView query={tactics} what="The tactics">
          {(data) => (table ? <TacticTable tactics={data.tactics} domain={domain} /> : <TacticBars tactics={data.tactics} domain={domain} />)}
        </QueryView>
      </div>
    </Card>
  );
}

function Totals({ summary: { techniques }, domain }: { summary: Summary; domain: DomainName }) {
  const general = techniques.units - techniques.leaves;
  return (
    <>
      <p className="text-sm">
        <Link to={matrixPath(domain, { open: "all" })} className="link font-semibold">
          {plural(techniques.leaves, "leaf", "leaves")}
        </Link>{" "}
        <span className="text-muted">
          {general > 0 && `and ${plural(general, "parent with tests of its own", "parents with tests of their own")} `}
          among{" "}
        </span>
        <Link to={matrixPath(domain)} className="link">
          {plural(techniques.total, "technique")}
        </Link>
        <span className="text-muted">
          {"; a current result stands behind "}
        </span>
        {techniques.proven > 0 ? (
          <Link to={`${matrixPath(domain, { open: "all" })}&status=validated&status=partial&status=not_covered`} className="link">
            {plural(techniques.proven, "leaf", "leaves")}
          </Link>
        ) : (
          <span className="text-muted">none</span>
        )}
        {techniques.review_required > 0 && ", "}
        {techniques.review_required > 0 && (
          <Link to={matrixPath(domain, { review: "yes" })} className="link">
            {formatCount(techniques.review_required)} to review
          </Link>
        )}
      </p>
      <StatusBar counts={techniques.by_status} className="mt-3 h-4" />
      <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-sm">
        {COVERAGE_ORDER.map((status) => {
          const count = techniques.by_status[status];
          return (
            <li key={status} className={cn("flex items-center gap-1.5", count === 0 && "text-muted")} title={COVERAGE[status].meaning}>
              <span aria-hidden className={cn("inline-flex size-4.5 items-center justify-center rounded-sm text-xs", COVERAGE[status].soft, COVERAGE[status].text)}>
                {COVERAGE[status].symbol}
              </span>
              {COVERAGE[status].label}
              {count > 0 ? (
                <Link to={matrixPath(domain, { status })} className="link font-semibold tabular" aria-label={`${formatCount(count)} ${COVERAGE[status].label}`}>
                  {formatCount(count)}
                </Link>
              ) : (
                <span className="tabular">0</span>
              )}
            </li>
          );
        })}
      </ul>
    </>
  );
}

function TacticBars({ tactics, domain }: { tactics: readonly TacticMetrics[]; domain: DomainName }) {
  return (
    <ul className="space-y-1.5">
      {tactics.map((tactic) => (
        <li key={tactic.shortname} className="grid grid-cols-[8.5rem_minmax(0,1fr)_4.5rem] items-center gap-x-3 text-sm sm:grid-cols-[11rem_minmax(0,1fr)_5rem]">
          <Link to={matrixPath(domain, { tactic: tactic.shortname })} className="truncate hover:underline" title={tactic.name}>
            {tactic.name}
          </Link>
          <StatusBar counts={tactic.by_status} className="h-3" />
          <span className="text-right text-xs text-muted tabular">
            {inScope(tactic.by_status) > 0 ? `${formatCount(tactic.by_status.validated)} of ${formatCount(inScope(tactic.by_status))}` : tactic.by_status.out_of_scope > 0 ? "out of scope" : "not applicable"}
          </span>
        </li>
      ))}
    </ul>
  );
}
