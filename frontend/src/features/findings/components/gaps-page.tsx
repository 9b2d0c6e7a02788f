import { useState } from "react";
import { Link, useLocation, useSearchParams } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { missesQuery, type CauseOfMisses } from "@/api/gaps";
import { useCan } from "@/api/me";
import type { DomainName } from "@/api/techniques";
import { EnvironmentSelect } from "@/components/pickers/environment-select";
import { EmptyState } from "@/components/states/empty-state";
import { QueryView } from "@/components/states/query-view";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { RelativeTime } from "@/components/ui/relative-time";
import { Select } from "@/components/ui/select";
import { OwnersDialog } from "@/features/findings/components/owners-dialog";
import { QuickWinsTable } from "@/features/findings/components/quick-wins-table";
import { useHashScroll } from "@/hooks/use-hash-scroll";
import { causeLabel, missedTestsPath, type MissedHow } from "@/lib/causes";
import { cn } from "@/lib/cn";
import { formatCount, formatUtc } from "@/lib/format";
import { DOMAINS } from "@/lib/platforms";
import { plural } from "@/lib/plural";

/** What the page is narrowed to. */
interface Where {
  domain: DomainName;
  /** Id; "" for all of them together. */
  environment: string;
}

/** Where the defence fell short: why, whose it is, and what is mended most easily. */
export function GapsPage() {
  const [params, setParams] = useSearchParams();
  const domain = DOMAINS.find(({ value }) => value === params.get("domain"))?.value ?? "enterprise";
  const environment = params.get("environment") ?? "";
  const misses = useQuery(missesQuery(domain, environment));
  const narrow = (name: string, value: string) => {
    const next = new URLSearchParams(params);
    if (value) next.set(name, value);
    else next.delete(name);
    setParams(next, { replace: true });
  };
  const [naming, setNaming] = useState(false);
  const mayName = useCan("finding:manage");
  return (
    <>
      <PageHeader
        title="Misses and Quick Wins"
        description={misses.data && `${plural(misses.data.results, "current result")} below expectation, as of ${formatUtc(misses.data.as_of)}.`}
        actions={
          <>
            <Select
              aria-label="Domain"
              className="w-32!"
              options={DOMAINS}
              value={domain}
              onChange={(event) => narrow("domain", event.target.value === "enterprise" ? "" : event.target.value)}
            />
            <EnvironmentSelect value={environment} onChange={(value) => narrow("environment", value)} />
            {mayName && <Button onClick={() => setNaming(true)}>Owners of causes</Button>}
          </>
        }
      />
      <div className="space-y-4">
        <Card title="Misses by cause" description="The cause that blue named for the result, and who owns such gaps." flush>
          <QueryView
            query={misses}
            what="The causes"
            isEmpty={({ items }) => items.length === 0}
            empty={<EmptyState title="Nothing fell short">No current result lies below what was expected. Misses stand here by their cause as soon as both leads confirm one.</EmptyState>}
          >
            {({ items, results }) => <CausesTable items={items} all={results} domain={domain} environment={environment} />}
          </QueryView>
        </Card>
        <QuickWinsTable key={`${domain} ${environment}`} domain={domain} environment={environment} />
      </div>
      {naming && <OwnersDialog onClose={() => setNaming(false)} />}
    </>
  );
}

const HEADINGS = [
  { text: "Cause" },
  { text: "Owner" },
  { text: "Results", right: true },
  { text: "Unseen", right: true },
  { text: "Seen, too little", right: true },
  { text: "Also named", right: true },
  { text: "Techniques" },
  { text: "Newest" },
  { text: "Findings" },
];

function CausesTable({ items, all, domain, environment }: { items: readonly CauseOfMisses[]; all: number } & Where) {
  const { hash } = useLocation();
  // Mounted with the rows that an address may name.
  useHashScroll();
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Misses by cause">
      <table className="w-full text-sm">
        <caption className="sr-only">Misses by cause with owner, the most frequent first</caption>
        <thead>
          <tr className="border-b">
            {HEADINGS.map(({ text, right }) => (
              <th key={text} scope="col" className={right ? "label-caps h-8 px-3 text-right whitespace-nowrap" : "label-caps px-3 text-left whitespace-nowrap"}>
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <CauseRow key={item.cause ?? "none"} item={item} domain={domain} environment={environment} all={all} named={hash === `#${rowId(item)}`} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const right = "px-3 py-1.5 text-right tabular";

const HOW: Record<MissedHow, string> = { all: "", unseen: ", unseen", sighted: ", seen too little", further: ", named beside another cause" };

interface TestsBehindProps extends Where {
  count: number;
  cause: string | null;
  how: MissedHow;
}

/** A number that leads to just as many tests. */
function TestsBehind({ count, cause, how, domain, environment }: TestsBehindProps) {
  if (count === 0) return formatCount(count);
  return (
    <Link to={missedTestsPath(domain, cause, how, environment)} className="link" aria-label={`${plural(count, "test")}: ${causeLabel(cause)}${HOW[how]}`}>
      {formatCount(count)}
    </Link>
  );
}

const rowId = ({ cause }: CauseOfMisses): string => `cause-${cause ?? "none"}`;

function CauseRow({ item, all, named, domain, environment }: { item: CauseOfMisses; all: number; named: boolean } & Where) {
  const left = item.technique_count - item.techniques.length;
  return (
    <tr id={rowId(item)} className={cn("scroll-mt-4 border-b align-top last:border-b-0", named && "bg-selected")}>
      <th scope="row" className="min-w-44 px-3 py-1.5 text-left font-medium">
        {causeLabel(item.cause)}
      </th>
      <td className="px-3 py-1.5">{item.owner ?? <span className="text-muted">–</span>}</td>
      <td className={right} title={all > 0 ? `${Math.round((100 * item.results) / all)} % of ${all}` : undefined}>
        <TestsBehind count={item.results} cause={item.cause} how="all" domain={domain} environment={environment} />
      </td>
      <td className={right}>
        <TestsBehind count={item.missed} cause={item.cause} how="unseen" domain={domain} environment={environment} />
      </td>
      <td className={right}>
        <TestsBehind count={item.sighted} cause={item.cause} how="sighted" domain={domain} environment={environment} />
      </td>
      <td className={right}>
        <TestsBehind count={item.further} cause={item.cause} how="further" domain={domain} environment={environment} />
      </td>
      <td className="max-w-88 min-w-56 px-3 py-1.5">
        <span className="flex flex-wrap gap-x-2">
          {item.techniques.map((id) => (
            <Link key={id} to={`${missedTestsPath(domain, item.cause, "all", environment)}&technique=${id}`} className="link font-mono text-xs leading-5" title={`The misses of ${id} for this cause`}>
              {id}
            </Link>
          ))}
          {left > 0 && <span className="text-xs leading-5 text-muted">and {formatCount(left)} more</span>}
        </span>
      </td>
      <td className="px-3 py-1.5 whitespace-nowrap text-muted">
        <RelativeTime value={item.newest_executed_at} />
      </td>
      <td className="px-3 py-1.5">
        {item.cause ? (
          <Link to={`/findings?cause=${item.cause}&open=true${environment && `&environment=${environment}`}`} className="link whitespace-nowrap">
            Open ones
          </Link>
        ) : (
          <span className="text-muted">–</span>
        )}
      </td>
    </tr>
  );
}
