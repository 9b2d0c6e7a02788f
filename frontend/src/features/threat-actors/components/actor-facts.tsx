import type { ReactNode } from "react";
import { useState } from "react";
import { Link } from "react-router";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Fact, Facts } from "@/components/ui/facts";
import type { ActorDetail } from "@/features/threat-actors/api";
import { DOMAIN_LABELS } from "@/lib/platforms";
import { formatCount } from "@/lib/format";
import { sourceLabel } from "@/lib/sources";

const FEW = 8;
const isLink = (text: string | null | undefined): text is string => /^https?:\/\//i.test(text ?? "");
const labels: Readonly<Record<string, string>> = DOMAIN_LABELS;

function Out({ to, children }: { to: string; children: ReactNode }) {
  return (
    <a href={to} target="_blank" rel="noopener noreferrer nofollow" className="link break-words">
      {children}
    </a>
  );
}

/** Words of ours, each a way to the actors that share it. */
function Shared({ filter, values }: { filter: "sector" | "region" | "country"; values: readonly string[] }) {
  if (values.length === 0) return null;
  return (
    <span className="flex flex-wrap gap-x-2">
      {values.map((value) => (
        <Link key={value} to={`/threat-actors?${filter}=${encodeURIComponent(value)}`} className="link">
          {value}
        </Link>
      ))}
    </span>
  );
}

export function ActorFacts({ actor }: { actor: ActorDetail }) {
  const aliases = actor.aliases.filter((alias) => alias !== actor.name);
  return (
    <Card title="Facts">
      <Facts>
        <Fact label="Also called">{aliases.join(", ")}</Fact>
        <Fact label="Country">{actor.country && <Shared filter="country" values={[actor.country]} />}</Fact>
        <Fact label="Sectors">{actor.sectors.length > 0 && <Shared filter="sector" values={actor.sectors} />}</Fact>
        <Fact label="Regions">{actor.regions.length > 0 && <Shared filter="region" values={actor.regions} />}</Fact>
        <Fact label="Notes">{actor.notes && <span className="whitespace-pre-wrap">{actor.notes}</span>}</Fact>
        <Fact label="Techniques">{formatCount(actor.technique_uses.length === 0 ? 0 : actor.techniques)}</Fact>
        <Fact label="Domains">{actor.domains.map((name) => labels[name] ?? name).join(", ")}</Fact>
        <Fact label="Source">{sourceLabel(actor.source)}</Fact>
        <Fact label="Version">{actor.version}</Fact>
        <Fact label="Upstream">{isLink(actor.url) && <Out to={actor.url}>{new URL(actor.url).host}</Out>}</Fact>
      </Facts>
    </Card>
  );
}

/** The first few of a long list, the rest on request. */
function Few<T>({ items, what, render }: { items: readonly T[]; what: string; render: (item: T, index: number) => ReactNode }) {
  const [all, setAll] = useState(false);
  return (
    <>
      <ul>{(all ? items : items.slice(0, FEW)).map(render)}</ul>
      {!all && items.length > FEW && (
        <p className="border-t px-4 py-2">
          <Button size="sm" onClick={() => setAll(true)}>{`Show all ${formatCount(items.length)} ${what}`}</Button>
        </p>
      )}
    </>
  );
}

const entry = "border-b px-4 py-1.5 text-sm last:border-b-0";
const year = (moment: string | null) => moment?.slice(0, 7) ?? null;

export function CampaignsCard({ actor: { campaigns } }: { actor: ActorDetail }) {
  if (campaigns.length === 0) return null;
  return (
    <Card title={`Campaigns (${formatCount(campaigns.length)})`} flush>
      <Few
        items={campaigns}
        what="campaigns"
        render={(campaign) => (
          <li key={campaign.attack_id} className={entry}>
            <span className="mr-2 font-mono text-xs text-muted">{campaign.attack_id}</span>
            {campaign.name}
            <span className="block text-xs text-muted tabular">{[year(campaign.first_seen), year(campaign.last_seen)].filter(Boolean).join(" to ")}</span>
          </li>
        )}
      />
    </Card>
  );
}

export function SoftwareCard({ actor: { software } }: { actor: ActorDetail }) {
  if (software.length === 0) return null;
  return (
    <Card title={`Software (${formatCount(software.length)})`} flush>
      <Few
        items={software}
        what="pieces"
        render={(item) => (
          <li key={item.attack_id} className={`${entry} flex items-center gap-2`}>
            <span className="font-mono text-xs text-muted">{item.attack_id}</span>
            <span className="min-w-0 flex-1 truncate">{item.name}</span>
            <Badge>{item.software_type === "tool" ? "Tool" : "Malware"}</Badge>
          </li>
        )}
      />
    </Card>
  );
}

export function ReferencesCard({ actor: { references } }: { actor: ActorDetail }) {
  if (references.length === 0) return null;
  return (
    <Card title={`References (${formatCount(references.length)})`} flush>
      <Few
        items={references}
        what="references"
        render={(reference, index) => (
          <li key={`${reference.source_name} ${index}`} className={entry}>
            {isLink(reference.url) ? <Out to={reference.url}>{reference.source_name}</Out> : reference.source_name}
            {reference.description && <span className="block text-xs break-words text-muted">{reference.description}</span>}
          </li>
        )}
      />
    </Card>
  );
}
