import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { tacticsQuery, type DomainName } from "@/api/techniques";
import { LoadingState } from "@/components/states/loading-state";
import { QueryView } from "@/components/states/query-view";
import type { UsedTechnique } from "@/features/threat-actors/lib/uses";
import { cn } from "@/lib/cn";
import { COVERAGE, COVERAGE_ORDER } from "@/lib/coverage";

/** The actor's techniques by tactic, each with its status. The list of uses below says the same as a table. */
export function MiniMatrix({ techniques, domain }: { techniques: readonly UsedTechnique[]; domain: DomainName }) {
  const tactics = useQuery(tacticsQuery(domain));
  const seen = COVERAGE_ORDER.filter((status) => techniques.some((technique) => technique.status === status));
  return (
    <section aria-label="Matrix of its techniques" className="mt-4 border-t pt-4">
      <QueryView query={tactics} what="The tactics" loading={<LoadingState lines={4} label="Loading the tactics" />}>
        {({ items }) => {
          const columns = items
            .map((tactic) => ({ tactic, used: techniques.filter((technique) => technique.tactics.includes(tactic.shortname)) }))
            .filter(({ used }) => used.length > 0);
          return (
            <div className="relative max-h-96 overflow-auto pb-1" tabIndex={0} role="region" aria-label="Its techniques by tactic">
              <div className="flex gap-1.5">
                {columns.map(({ tactic, used }) => (
                  <section key={tactic.shortname} aria-label={tactic.name} className="w-22 shrink-0">
                    <h3 className="sticky top-0 bg-surface pb-1 text-2xs font-medium text-muted" title={tactic.name}>
                      <span className="block truncate">{tactic.name}</span>
                      <span className="tabular">{used.length}</span>
                    </h3>
                    <ul className="space-y-0.5">
                      {used.map((technique) => (
                        <Cell key={technique.attackId} technique={technique} domain={domain} />
                      ))}
                    </ul>
                  </section>
                ))}
              </div>
            </div>
          );
        }}
      </QueryView>
      <ul aria-label="Legend" className="mt-3 flex flex-wrap gap-x-3 gap-y-1 text-xs text-muted">
        {seen.map((status) => (
          <li key={status} title={COVERAGE[status].meaning}>
            <span aria-hidden className={cn("mr-1", COVERAGE[status].text)}>
              {COVERAGE[status].symbol}
            </span>
            {COVERAGE[status].label}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Cell({ technique, domain }: { technique: UsedTechnique; domain: DomainName }) {
  const look = COVERAGE[technique.status ?? "not_applicable"];
  return (
    <li>
      <Link
        to={`/techniques/${technique.attackId}${domain === "enterprise" ? "" : `?domain=${domain}`}`}
        title={`${technique.attackId} ${technique.name}: ${look.label}`}
        className={cn("flex h-6 items-center justify-between rounded-sm border border-line/60 px-1.5 font-mono text-2xs hover:border-line-strong", look.soft)}
      >
        {technique.attackId}
        <span aria-hidden className={look.text}>
          {look.symbol}
        </span>
        <span className="sr-only">
          {technique.name}, {look.label}
        </span>
      </Link>
    </li>
  );
}
