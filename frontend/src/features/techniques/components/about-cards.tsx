import { Link } from "react-router";
import type { TechniqueDetail } from "@/api/techniques";
import { Markdown } from "@/components/markdown/markdown";
import { Card } from "@/components/ui/card";
import { Fact, Facts } from "@/components/ui/facts";
import { RelativeTime } from "@/components/ui/relative-time";
import { EXPECTATIONS } from "@/features/techniques/lib/words";
import { DOMAIN_LABELS } from "@/lib/platforms";
import { sourceLabel } from "@/lib/sources";

export function AboutCard({ technique }: { technique: TechniqueDetail }) {
  return (
    <Card title="Description">
      {technique.description ? <Markdown>{technique.description}</Markdown> : <p className="text-sm text-muted">No description.</p>}
      {technique.detection && (
        <>
          <h3 className="mt-4 mb-1 text-sm font-semibold">Detection</h3>
          <Markdown>{technique.detection}</Markdown>
        </>
      )}
    </Card>
  );
}

export function FactsCard({ technique }: { technique: TechniqueDetail }) {
  const { parent_technique: parent, tactic_refs: tactics } = technique;
  return (
    <Card title="Facts">
      <Facts>
        <Fact label="Part of">
          {parent && (
            <Link to={`/techniques/${parent.attack_id}`} className="link">
              {parent.attack_id} {parent.name}
            </Link>
          )}
        </Fact>
        <Fact label={tactics.length === 1 ? "Tactic" : "Tactics"}>
          <ul>
            {tactics.map((tactic) => (
              <li key={tactic.shortname}>
                <Link to={`/matrix?domain=${technique.domain}&tactic=${tactic.shortname}`} className="link">
                  {tactic.name}
                </Link>
              </li>
            ))}
          </ul>
        </Fact>
        <Fact label="Platforms">{technique.platforms.join(", ")}</Fact>
        <Fact label="Expected">{technique.expected ? EXPECTATIONS[technique.expected] : null}</Fact>
        <Fact label="Scope">{technique.in_scope ? "In scope" : "Out of scope"}</Fact>
        <Fact label="Domain">{DOMAIN_LABELS[technique.domain]}</Fact>
        <Fact label="Source">{sourceLabel(technique.source)}</Fact>
        <Fact label="Version">{technique.version}</Fact>
        <Fact label="Release">{technique.attack_version && `ATT&CK ${technique.attack_version}`}</Fact>
        <Fact label="Changed">{technique.intel_changed_at && <RelativeTime value={technique.intel_changed_at} />}</Fact>
        <Fact label="Reviewed">{technique.reviewed_at && <RelativeTime value={technique.reviewed_at} />}</Fact>
        <Fact label="Review note">{technique.review_note}</Fact>
        <Fact label="Formerly">{technique.predecessors.join(", ")}</Fact>
        <Fact label="Needs rights">{technique.permissions_required.join(", ")}</Fact>
        <Fact label="Data sources">{technique.data_sources.join(", ")}</Fact>
        <Fact label="Software">
          {technique.software.malware + technique.software.tools > 0 && `${technique.software.malware} malware, ${technique.software.tools} tools`}
        </Fact>
        <Fact label="Upstream">
          {technique.url && (
            <a href={technique.url} target="_blank" rel="noopener noreferrer nofollow" className="link break-all">
              {new URL(technique.url).host}
            </a>
          )}
        </Fact>
      </Facts>
    </Card>
  );
}
