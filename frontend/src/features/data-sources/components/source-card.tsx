import { Card } from "@/components/ui/card";
import { Badge } from "@/components/ui/badge";
import { RelativeTime } from "@/components/ui/relative-time";
import { ATTACK_SOURCE, type DataSource } from "@/features/data-sources/api";
import { domainLabel, intervalLabel, isScheduled, releaseLabel, wayLabel } from "@/features/data-sources/lib/labels";

/** What is held of each part, how it came, and the settings (set in a dialog). */
export function SourceCard({ source }: { source: DataSource }) {
  return (
    <Card title="What is loaded" description={source.base_url ?? source.url} flush>
      <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={`Parts of ${source.title}`}>
      <table className="w-full text-sm">
        <caption className="sr-only">Parts of {source.title}</caption>
        <thead>
          <tr className="border-b text-left">
            {[source.name === ATTACK_SOURCE ? "Domain" : "Part", "Release", "Came by", "Loaded", ""].map((label) => (
              <th key={label} scope="col" className="label-caps h-8 px-4">
                {label || <span className="sr-only">Remarks</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {source.parts.map((part) => (
            <tr key={part.name} className="h-8 border-b">
              <th scope="row" className="px-4 text-left font-medium">
                {domainLabel(part.name)}
              </th>
              <td className="px-4" title={part.release ?? undefined}>
                {releaseLabel(part.release) ?? <span className="text-muted">not loaded</span>}
              </td>
              <td className="px-4 text-muted" title={part.origin ?? undefined}>
                {wayLabel(part.way)}
              </td>
              <td className="px-4 text-muted">
                <RelativeTime value={part.loaded_at} />
              </td>
              <td className="px-4 text-right">
                <span className="inline-flex gap-1.5">
                  {part.summary && <Badge tone="warn">Short texts</Badge>}
                  {part.wanted && <Badge>Synced</Badge>}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      </div>
      <dl className="grid gap-x-6 gap-y-1 px-4 py-3 text-sm sm:grid-cols-3">
        <div>
          <dt className="text-xs text-muted">Order of ways</dt>
          <dd>{source.ways.map(wayLabel).join(", ")}</dd>
        </div>
        <div>
          <dt className="text-xs text-muted">Scheduled</dt>
          <dd>
            {isScheduled(source) ? (
              <>
                {intervalLabel(source.interval_hours)}, next <RelativeTime value={source.next_run_at} />
              </>
            ) : (
              "only on request"
            )}
          </dd>
        </div>
        <div>
          <dt className="text-xs text-muted">Last success</dt>
          <dd>
            <RelativeTime value={source.last_success_at} />
          </dd>
        </div>
      </dl>
    </Card>
  );
}
