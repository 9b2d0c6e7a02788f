import { useState, type ReactNode } from "react";
import { Link } from "react-router";
import type { TechniqueDetail } from "@/api/techniques";
import { Markdown } from "@/components/markdown/markdown";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { formatCount } from "@/lib/format";
import { sourceLabel } from "@/lib/sources";

const FEW = 6;

/** The first few of a long list, the rest on request. */
function Few<T>({ items, render, what }: { items: readonly T[]; render: (item: T, index: number) => ReactNode; what: string }) {
  const [all, setAll] = useState(false);
  const shown = all ? items : items.slice(0, FEW);
  return (
    <>
      <ul>{shown.map(render)}</ul>
      {items.length > shown.length && (
        <p className="border-t px-4 py-2">
          <Button size="sm" onClick={() => setAll(true)}>{`Show all ${formatCount(items.length)} ${what}`}</Button>
        </p>
      )}
    </>
  );
}

const entry = "border-b px-4 py-2.5 last:border-b-0";

function Heading({ id, name, url, to, children }: { id: string; name: string; url?: string | null; to?: string; children?: ReactNode }) {
  return (
    <h3 className="mb-1 flex flex-wrap items-baseline gap-x-2 text-sm font-medium">
      <span className="font-mono text-xs font-normal text-muted">{id}</span>
      {to ? (
        <Link to={to} className="link">
          {name}
        </Link>
      ) : url ? (
        <a href={url} target="_blank" rel="noopener noreferrer nofollow" className="link">
          {name}
        </a>
      ) : (
        name
      )}
      {children}
    </h3>
  );
}

export function ActorsCard({ technique: { actors } }: { technique: TechniqueDetail }) {
  if (actors.length === 0) return null;
  return (
    <Card title={`Actors (${formatCount(actors.length)})`} description="Who uses it, and how." flush>
      <Few
        items={actors}
        what="uses"
        render={(actor, index) => (
          <li key={`${actor.id}-${index}`} className={entry}>
            <Heading id={actor.attack_id} name={actor.name} to={`/threat-actors/${actor.attack_id}`}>
              {actor.via_campaign && <Badge>in campaign {actor.via_campaign}</Badge>}
              {actor.source === "custom" && <Badge tone="accent">{sourceLabel(actor.source)}</Badge>}
            </Heading>
            {actor.how && <Markdown>{actor.how}</Markdown>}
          </li>
        )}
      />
    </Card>
  );
}

export function StrategiesCard({ technique: { detection_strategies: strategies } }: { technique: TechniqueDetail }) {
  if (strategies.length === 0) return null;
  return (
    <Card title="How it is detected" flush>
      <Few
        items={strategies}
        what="strategies"
        render={(strategy) => (
          <li key={strategy.attack_id} className={entry}>
            <Heading id={strategy.attack_id} name={strategy.name} url={strategy.url} />
            {strategy.description && <Markdown>{strategy.description}</Markdown>}
            <ul className="mt-2 space-y-3">
              {strategy.analytics.map((analytic) => (
                <li key={analytic.attack_id} className="border-l-2 pl-3">
                  <p className="mb-1 text-xs text-muted">
                    <span className="font-mono">{analytic.attack_id}</span> {analytic.platforms.join(", ")}
                  </p>
                  <Markdown>{analytic.description}</Markdown>
                  {analytic.log_sources.length > 0 && (
                    <p className="mt-1 flex flex-wrap gap-1">
                      {analytic.log_sources.map((source) => (
                        <Badge key={`${source.name} ${source.channel ?? ""}`} className="h-auto! max-w-full font-mono whitespace-normal!" title={source.channel ?? undefined}>
                          {source.name}
                        </Badge>
                      ))}
                    </p>
                  )}
                </li>
              ))}
            </ul>
          </li>
        )}
      />
    </Card>
  );
}

export function MitigationsCard({ technique: { mitigations } }: { technique: TechniqueDetail }) {
  if (mitigations.length === 0) return null;
  return (
    <Card title={`Mitigations (${formatCount(mitigations.length)})`} flush>
      <Few
        items={mitigations}
        what="mitigations"
        render={(mitigation) => (
          <li key={mitigation.attack_id} className={entry}>
            <Heading id={mitigation.attack_id} name={mitigation.name} url={mitigation.url} />
            <Markdown>{mitigation.how || mitigation.description}</Markdown>
          </li>
        )}
      />
    </Card>
  );
}

export function ReferencesCard({ technique: { references } }: { technique: TechniqueDetail }) {
  if (references.length === 0) return null;
  return (
    <Card title={`References (${formatCount(references.length)})`} flush>
      <Few
        items={references}
        what="references"
        render={(reference, index) => (
          <li key={`${reference.source_name}-${index}`} className={entry}>
            <p className="text-sm">
              {reference.url && /^https?:/i.test(reference.url) ? (
                <a href={reference.url} target="_blank" rel="noopener noreferrer nofollow" className="link">
                  {reference.source_name}
                </a>
              ) : (
                reference.source_name
              )}
            </p>
            {reference.description && <p className="text-xs break-words text-muted">{reference.description}</p>}
          </li>
        )}
      />
    </Card>
  );
}
