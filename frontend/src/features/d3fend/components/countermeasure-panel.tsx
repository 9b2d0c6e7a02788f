import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import { Markdown } from "@/components/markdown/markdown";
import { QueryView } from "@/components/states/query-view";
import { Badge } from "@/components/ui/badge";
import { Dialog } from "@/components/ui/dialog";
import { Fact, Facts } from "@/components/ui/facts";
import { RelativeTime } from "@/components/ui/relative-time";
import { countermeasureQuery, type CountermeasureDetail } from "@/features/d3fend/api";
import { GainCard } from "@/features/d3fend/components/gain-card";
import { DecisionForm } from "@/features/d3fend/components/decision-form";
import { CountermeasureBadge } from "@/features/d3fend/components/status-badge";
import { formatCount } from "@/lib/format";

interface PanelProps {
  /** D3FEND id. */
  id: string;
  /** Shows another one. */
  onOpen: (id: string) => void;
  onClose: () => void;
}

/** One countermeasure beside the list: what it does, what it counters, and what was decided about it. */
export function CountermeasurePanel({ id, onOpen, onClose }: PanelProps) {
  const found = useQuery(countermeasureQuery(id));
  return (
    <Dialog
      open
      onOpenChange={onClose}
      variant="panel"
      title={
        <>
          <span className="block font-mono text-xs font-normal text-muted">{found.data?.d3fend_id ?? id}</span>
          {found.data?.name ?? "Countermeasure"}
        </>
      }
    >
      <QueryView query={found} what="The countermeasure">
        {(data) => <Body countermeasure={data} onOpen={onOpen} />}
      </QueryView>
    </Dialog>
  );
}

function Body({ countermeasure, onOpen }: { countermeasure: CountermeasureDetail; onOpen: (id: string) => void }) {
  const mayDecide = useCan("countermeasure:decide");
  const { parent, url } = countermeasure;
  return (
    <div className="space-y-5 text-sm">
      {countermeasure.description && <Markdown>{countermeasure.description}</Markdown>}
      <Facts>
        <Fact label="Tactic">{countermeasure.tactic}</Fact>
        <Fact label="Kind of">
          {parent && (
            <button type="button" onClick={() => onOpen(parent)} className="link rounded-sm font-mono text-xs">
              {parent}
            </button>
          )}
        </Fact>
        <Fact label="Also called">{countermeasure.synonyms.join(", ")}</Fact>
        <Fact label="Upstream">
          {url && /^https?:/i.test(url) && (
            <a href={url} target="_blank" rel="noopener noreferrer nofollow" className="link break-all">
              {new URL(url).host}
            </a>
          )}
        </Fact>
      </Facts>
      <section aria-label="Do we have it" className="space-y-3 border-t pt-4">
        <h3 className="flex items-center gap-2 font-semibold">
          Do we have it? <CountermeasureBadge status={countermeasure.status} />
        </h3>
        {mayDecide ? <DecisionForm key={`${countermeasure.status} ${countermeasure.status_since ?? ""}`} countermeasure={countermeasure} /> : <p className="text-xs text-muted">Leads decide.</p>}
        <History countermeasure={countermeasure} />
      </section>
      {countermeasure.status !== "implemented" && <GainCard id={countermeasure.d3fend_id} />}
      <Countered countermeasure={countermeasure} />
    </div>
  );
}

function History({ countermeasure: { history } }: { countermeasure: CountermeasureDetail }) {
  if (history.length === 0) return <p className="text-muted">Nobody has said anything yet; that counts as no.</p>;
  return (
    <ol aria-label="Decisions" className="space-y-2 border-l-2 pl-3">
      {history.map((item) => (
        <li key={item.valid_from}>
          <p className="flex flex-wrap items-center gap-2">
            <CountermeasureBadge status={item.status} />
            <span className="text-xs text-muted">
              <RelativeTime value={item.valid_from} />
              {item.valid_until && (
                <>
                  {" "}
                  to <RelativeTime value={item.valid_until} />
                </>
              )}
            </span>
          </p>
          {item.reason && <p className="mt-0.5 break-words text-muted">{item.reason}</p>}
        </li>
      ))}
    </ol>
  );
}

function Countered({ countermeasure: { technique_links: links, techniques } }: { countermeasure: CountermeasureDetail }) {
  return (
    <section aria-label="Counters" className="border-t pt-4">
      <h3 className="mb-1 font-semibold">Counters ({formatCount(techniques)})</h3>
      {links.length === 0 && <p className="text-muted">D3FEND maps no technique to it.</p>}
      <ul>
        {links.map((link) => (
          <li key={link.attack_id} className="border-b py-1.5 last:border-b-0">
            {link.technique ? (
              <Link to={`/techniques/${link.technique}`} className="link">
                <span className="font-mono text-xs">{link.technique}</span> {link.name}
              </Link>
            ) : (
              <span className="flex items-center gap-2">
                <span className="font-mono text-xs">{link.attack_id}</span>
                <Badge tone="warn">Unknown to our release</Badge>
              </span>
            )}
            {link.artifacts && link.artifacts.length > 0 && <span className="block text-xs text-muted">{link.artifacts.join(", ")}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
