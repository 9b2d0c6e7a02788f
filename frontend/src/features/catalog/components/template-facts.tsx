import { Link } from "react-router";
import type { Template } from "@/api/templates";
import { Card } from "@/components/ui/card";
import { Copyable } from "@/components/ui/copyable";
import { Fact, Facts } from "@/components/ui/facts";
import { RelativeTime } from "@/components/ui/relative-time";
import { formatCount, humanise } from "@/lib/format";
import { sourceLabel } from "@/lib/sources";

const SAFE = /^https?:\/\//i;
const shortRelease = (release: string) => (/^[0-9a-f]{40}$/.test(release) ? release.slice(0, 10) : release);

function Outside({ address, label }: { address: string; label?: string }) {
  if (!SAFE.test(address)) return <span className="break-all">{address}</span>;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer nofollow" className="link break-all">
      {label ?? address}
    </a>
  );
}

function TechniqueLinks({ template }: { template: Template }) {
  return (
    <ul className="space-y-1">
      {template.technique_links.map((link) => (
        <li key={link.attack_id} className="min-w-0">
          {link.technique ? (
            <Link to={`/techniques/${link.technique}`} className="link">
              <span className="font-mono text-xs">{link.technique}</span> {link.name}
            </Link>
          ) : (
            <Link to={`/system/unresolved/${link.attack_id}`} className="link font-mono text-xs">
              {link.attack_id}
            </Link>
          )}
          {link.technique && link.technique !== link.attack_id && <span className="block text-xs text-muted">written as {link.attack_id}</span>}
          {!link.technique && <span className="block text-xs text-muted">{humanise(link.resolution)}: not known to our release</span>}
        </li>
      ))}
    </ul>
  );
}

/** Where a template comes from, what it runs on, and what was made of it. */
export function TemplateFacts({ template }: { template: Template }) {
  return (
    <Card title="Facts">
      <Facts>
        <Fact label="Techniques">{template.technique_links.length > 0 && <TechniqueLinks template={template} />}</Fact>
        <Fact label="Tests">
          {template.tests > 0 ? (
            <Link to={`/tests?template=${template.id}`} className="link">
              {formatCount(template.tests)}
            </Link>
          ) : (
            "never tested"
          )}
        </Fact>
        <Fact label="Platforms">{template.platforms.join(", ") || "Any"}</Fact>
        <Fact label="Executor">{template.executor && <span className="font-mono text-xs">{template.executor}</span>}</Fact>
        <Fact label="Elevation">{template.elevation_required ? "needed" : "not needed"}</Fact>
        <Fact label="Source">{sourceLabel(template.source)}</Fact>
        <Fact label="Author">{template.author}</Fact>
        <Fact label="Licence">{template.licence}</Fact>
        <Fact label="Release">{template.source_version && <span title={template.source_version}>{shortRelease(template.source_version)}</span>}</Fact>
        <Fact label="Upstream">{template.url && <Outside address={template.url} label={SAFE.test(template.url) ? new URL(template.url).hostname : undefined} />}</Fact>
        <Fact label="Key">
          <Copyable value={template.upstream_id} label="publisher's id" />
        </Fact>
        <Fact label="Changed">
          <RelativeTime value={template.updated_at} />
        </Fact>
      </Facts>
    </Card>
  );
}

/** Addresses that the publisher names, each once. */
export function References({ addresses }: { addresses: readonly string[] }) {
  return (
    <ul className="space-y-1 text-sm">
      {[...new Set(addresses)].map((address) => (
        <li key={address}>
          <Outside address={address} />
        </li>
      ))}
    </ul>
  );
}
