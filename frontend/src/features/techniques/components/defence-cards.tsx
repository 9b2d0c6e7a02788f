import { queryOptions, useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { api, unwrap } from "@/api/client";
import { rulesQuery } from "@/api/rules";
import type { TechniqueDetail } from "@/api/techniques";
import { LoadingState } from "@/components/states/loading-state";
import { QueryView } from "@/components/states/query-view";
import { Badge, type BadgeTone } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { formatCount } from "@/lib/format";
import { sourceLabel } from "@/lib/sources";

const FEW = 8;
const row = "flex min-h-8 flex-wrap items-center gap-x-3 gap-y-0.5 border-b px-4 py-1 text-sm last:border-b-0";
const loading = (
  <div className="px-4 py-2">
    <LoadingState lines={3} />
  </div>
);

const FIRING = { fired: { label: "Fired in tests", tone: "ok" }, silent: { label: "Silent in tests", tone: "danger" }, never: null } as const;

/** Rules that look for the technique: those that run with us are the ones that count. */
export function RulesCard({ technique }: { technique: TechniqueDetail }) {
  const all = { technique: [technique.attack_id], active: "true" as const };
  const deployed = useQuery(rulesQuery({ ...all, deployed: true, limit: FEW }));
  const others = useQuery(rulesQuery({ ...all, deployed: false, limit: FEW, sort: "-level" }));
  const known = (deployed.data?.total ?? 0) + (others.data?.total ?? 0);
  if (deployed.data && others.data && known === 0) return null;
  return (
    <Card
      title="Detection rules"
      description={deployed.data && others.data ? `${formatCount(deployed.data.total)} of ${formatCount(known)} run in our tools; only those count.` : undefined}
      flush
      actions={
        <Link to={`/detection-rules?technique=${technique.attack_id}`} className="link text-sm">
          All rules
        </Link>
      }
    >
      <QueryView query={deployed.error ? deployed : others} what="The rules" loading={loading}>
        {() => (
          <ul>
            {[...(deployed.data?.items ?? []), ...(others.data?.items ?? [])].slice(0, FEW).map((rule) => {
              const fired = FIRING[rule.firing_state];
              return (
                <li key={rule.id} className={row}>
                  <Link to={`/detection-rules/${rule.id}`} className="link min-w-0 flex-1 basis-40 truncate" title={rule.name}>
                    {rule.name}
                  </Link>
                  {fired && <Badge tone={fired.tone}>{fired.label}</Badge>}
                  {rule.deployed_in.length > 0 && <Badge tone="accent">{rule.deployed_in.join(", ")}</Badge>}
                  <span className="text-xs text-muted">{[sourceLabel(rule.source), rule.level].filter(Boolean).join(" · ")}</span>
                </li>
              );
            })}
          </ul>
        )}
      </QueryView>
    </Card>
  );
}

const countermeasuresOf = (attackId: string) =>
  queryOptions({
    queryKey: ["d3fend", "of-technique", attackId],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/d3fend/techniques", { params: { query: { technique: [attackId], limit: 200 } }, signal })),
  });

const HAVE: Record<"implemented" | "planned" | "no", { label: string; symbol: string; tone: BadgeTone }> = {
  implemented: { label: "Implemented", symbol: "●", tone: "ok" },
  planned: { label: "Planned", symbol: "◐", tone: "warn" },
  no: { label: "No", symbol: "○", tone: "neutral" },
};

/** What D3FEND holds against it, what we have first. */
export function CountermeasuresCard({ technique }: { technique: TechniqueDetail }) {
  const found = useQuery(countermeasuresOf(technique.attack_id));
  if (found.data?.total === 0) return null;
  const items = found.data ? (["implemented", "planned", "no"] as const).flatMap((word) => found.data.items.filter((item) => item.status === word)) : [];
  const have = items.filter((item) => item.status === "implemented").length;
  return (
    <Card
      title="Countermeasures"
      description={found.data && `${formatCount(have)} of ${formatCount(found.data.total)} implemented.`}
      flush
      actions={
        <Link to={`/d3fend?technique=${technique.attack_id}`} className="link text-sm">
          All countermeasures
        </Link>
      }
    >
      <QueryView query={found} what="The countermeasures" loading={loading}>
        {() => (
          <ul>
            {items.slice(0, FEW).map((item) => (
              <li key={item.id} className={row}>
                <span className="w-20 shrink-0 font-mono text-xs text-muted">{item.d3fend_id}</span>
                <Link to={`/d3fend?technique=${technique.attack_id}&at=${item.d3fend_id}`} className="link min-w-0 flex-1 truncate">
                  {item.name}
                </Link>
                <span className="text-xs text-muted">{item.tactic}</span>
                <Badge tone={HAVE[item.status].tone}>
                  <span aria-hidden>{HAVE[item.status].symbol}</span>
                  {HAVE[item.status].label}
                </Badge>
              </li>
            ))}
          </ul>
        )}
      </QueryView>
    </Card>
  );
}

const controlsOf = (attackId: string) =>
  queryOptions({
    queryKey: ["compliance", "of-technique", attackId],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/compliance/controls", { params: { query: { technique: attackId, limit: 200 } }, signal })),
  });

/** Compliance controls that are mapped to the technique, framework by framework. */
export function ControlsCard({ technique }: { technique: TechniqueDetail }) {
  const found = useQuery(controlsOf(technique.attack_id));
  if (found.data?.total === 0) return null;
  const frameworks = [...new Set(found.data?.items.map((item) => item.framework_name))];
  return (
    <Card title={found.data ? `Compliance controls (${formatCount(found.data.total)})` : "Compliance controls"} flush>
      <QueryView query={found} what="The controls" loading={loading}>
        {({ items }) =>
          frameworks.map((name) => {
            const controls = items.filter((item) => item.framework_name === name);
            return (
              <details key={name} className="border-b px-4 py-2 text-sm last:border-b-0">
                <summary>
                  {name} <span className="text-muted tabular">({formatCount(controls.length)})</span>
                </summary>
                <ul className="mt-1 space-y-0.5">
                  {controls.map((control) => (
                    <li key={control.control_id} className="flex gap-3">
                      <span className="w-24 shrink-0 font-mono text-xs leading-5 text-muted">{control.control_id}</span>
                      <span className="min-w-0">{control.name}</span>
                    </li>
                  ))}
                </ul>
              </details>
            );
          })
        }
      </QueryView>
    </Card>
  );
}
