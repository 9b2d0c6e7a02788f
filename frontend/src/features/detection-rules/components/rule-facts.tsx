import { Link } from "react-router";
import type { RuleDetail } from "@/api/rules";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { Fact, Facts } from "@/components/ui/facts";
import { RelativeTime } from "@/components/ui/relative-time";
import { humanise } from "@/lib/format";
import { sourceLabel } from "@/lib/sources";

const isLink = (text: string) => /^https?:\/\//i.test(text);
const host = (text: string) => (URL.canParse(text) ? new URL(text).host : text);

function Out({ to, children }: { to: string; children: string }) {
  return (
    <a href={to} target="_blank" rel="noopener noreferrer nofollow" className="link break-all">
      {children}
    </a>
  );
}

/** Words of a log source, as far as they are words. */
function logSourceWords(source: RuleDetail["log_source"]): string[] {
  return Object.entries(source ?? {}).flatMap(([name, value]) => {
    const words = Array.isArray(value) ? value.filter((item) => typeof item === "string").join(", ") : value;
    return typeof words === "string" && words !== "" ? [`${humanise(name)}: ${words}`] : [];
  });
}

export function RuleFacts({ rule }: { rule: RuleDetail }) {
  const logSource = logSourceWords(rule.log_source);
  return (
    <Card title="Facts">
      <Facts>
        <Fact label="Source">{sourceLabel(rule.source)}</Fact>
        <Fact label="Language">{rule.language}</Fact>
        <Fact label="Maturity">{rule.status && humanise(rule.status)}</Fact>
        <Fact label="Platforms">{rule.platforms.join(", ")}</Fact>
        <Fact label="Log source">
          {logSource.length > 0 && (
            <ul>
              {logSource.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          )}
        </Fact>
        <Fact label="Author">{rule.author}</Fact>
        <Fact label="Licence">{rule.licence}</Fact>
        <Fact label="Version">{rule.rule_version}</Fact>
        <Fact label="Written">{rule.rule_created}</Fact>
        <Fact label="Modified">{rule.rule_modified}</Fact>
        <Fact label="Release">{rule.source_version && <span className="font-mono text-xs break-all">{rule.source_version.slice(0, 20)}</span>}</Fact>
        <Fact label="Changed here">
          <RelativeTime value={rule.updated_at} />
        </Fact>
        <Fact label="Upstream">{rule.url && isLink(rule.url) && <Out to={rule.url}>{host(rule.url)}</Out>}</Fact>
        <Fact label="References">
          {rule.references.length > 0 && (
            <ul className="space-y-1">
              {[...new Set(rule.references)].map((text) => (
                <li key={text} title={text}>
                  {isLink(text) ? <Out to={text}>{host(text)}</Out> : text}
                </li>
              ))}
            </ul>
          )}
        </Fact>
      </Facts>
    </Card>
  );
}

/** What the rule detects: ids as the author wrote them, and what they mean in our release. */
export function RuleTechniques({ rule }: { rule: RuleDetail }) {
  const links = [...new Map(rule.technique_links.map((link) => [link.attack_id, link])).values()];
  return (
    <Card title={`Techniques (${links.length})`} flush>
      {links.length === 0 ? (
        <p className="px-4 py-3 text-sm text-muted">Its author names none, so it counts for none.</p>
      ) : (
        <ul>
          {links.map((link) => (
            <li key={link.attack_id} className="border-b px-4 py-1.5 text-sm last:border-b-0">
              {link.technique ? (
                <Link to={`/techniques/${link.technique}`} className="link">
                  <span className="font-mono text-xs">{link.technique}</span> {link.name}
                </Link>
              ) : (
                <span className="flex flex-wrap items-center gap-2">
                  <span className="font-mono text-xs">{link.attack_id}</span>
                  <Badge tone="warn">Unknown to our release</Badge>
                </span>
              )}
              {link.technique && link.technique !== link.attack_id && <span className="block text-xs text-muted">written as {link.attack_id}</span>}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
