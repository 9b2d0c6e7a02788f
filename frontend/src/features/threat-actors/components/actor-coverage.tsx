import type { DomainName } from "@/api/techniques";
import { EmptyState } from "@/components/states/empty-state";
import { Card } from "@/components/ui/card";
import { Checkbox } from "@/components/ui/checkbox";
import { MultiSelect } from "@/components/ui/multi-select";
import { Select } from "@/components/ui/select";
import type { ActorDetail, ActorScope } from "@/features/threat-actors/api";
import { CoverageBar } from "@/features/threat-actors/components/coverage-bar";
import { MiniMatrix } from "@/features/threat-actors/components/mini-matrix";
import type { UsedTechnique } from "@/features/threat-actors/lib/uses";
import { DOMAIN_LABELS } from "@/lib/platforms";
import { formatCount, formatRate } from "@/lib/format";
import { PLATFORMS } from "@/lib/platforms";

interface CoverageCardProps {
  actor: ActorDetail;
  /** Those of the domain that is shown. */
  techniques: readonly UsedTechnique[];
  domains: readonly DomainName[];
  domain: DomainName;
  onDomain: (domain: DomainName) => void;
  scope: ActorScope;
  onScope: (scope: ActorScope) => void;
}

const PLATFORM_OPTIONS = PLATFORMS.map((name) => ({ value: name, label: name }));

/** How we stand against the actor: figures, and where they come from as a small matrix. */
export function ActorCoverageCard({ actor, techniques, domains, domain, onDomain, scope, onScope }: CoverageCardProps) {
  const coverage = actor.coverage?.find((item) => item.domain === domain);
  if (domains.length === 0) {
    return (
      <Card title="How we stand" flush>
        <EmptyState title="No technique is known">Nothing says how this actor works, so there is nothing to stand against.</EmptyState>
      </Card>
    );
  }
  return (
    <Card
      title="How we stand"
      description="The techniques it uses itself or in campaigns put down to it, in scope and applicable here."
      actions={
        domains.length > 1 && (
          <Select aria-label="Domain" className="w-36!" options={domains.map((name) => ({ value: name, label: DOMAIN_LABELS[name] }))} value={domain} onChange={(event) => onDomain(domains.find((name) => name === event.target.value) ?? domain)} />
        )
      }
    >
      {coverage && (
        <>
          <dl className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-3 xl:grid-cols-6">
            {(
              [
                ["Techniques", coverage.techniques],
                ["Tested", coverage.tested],
                ["Validated", coverage.validated],
                ["Partial", coverage.partial],
                ["Not covered", coverage.not_covered],
                ["Out of scope", coverage.out_of_scope],
              ] as const
            ).map(([label, value]) => (
              <div key={label}>
                <dt className="text-xs text-muted">{label}</dt>
                <dd className="text-lg font-semibold tabular">{formatCount(value)}</dd>
              </div>
            ))}
          </dl>
          <div className="mt-3 flex items-center gap-3">
            <CoverageBar coverage={coverage} className="h-2.5 flex-1" />
            <span className="text-sm tabular">{formatRate(coverage.techniques > 0 ? coverage.validated / coverage.techniques : null)} validated</span>
          </div>
        </>
      )}
      <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-2">
        <MultiSelect label="Platform" options={PLATFORM_OPTIONS} value={scope.platforms} onChange={(platforms) => onScope({ ...scope, platforms })} />
        <Checkbox
          label="Count what its software does too"
          checked={scope.software}
          onChange={(event) => onScope({ ...scope, software: event.target.checked })}
        />
      </div>
      {(scope.software || scope.platforms.length > 0) && <p className="mt-1 text-xs text-muted">This changes the figures above. The matrix and the lists show the actor's own uses on all platforms.</p>}
      <MiniMatrix techniques={techniques} domain={domain} />
    </Card>
  );
}
