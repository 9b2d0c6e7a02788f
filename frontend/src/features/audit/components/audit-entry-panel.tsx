import type { ReactNode } from "react";
import { Copyable } from "@/components/ui/copyable";
import { Dialog } from "@/components/ui/dialog";
import { RelativeTime } from "@/components/ui/relative-time";
import { formatUtc } from "@/lib/format";
import type { AuditEntry } from "@/features/audit/api";
import { changesOf } from "@/features/audit/lib/changes";

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[6.5rem_minmax(0,1fr)] items-baseline gap-2">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  );
}

function Changes({ entry }: { entry: AuditEntry }) {
  const changes = changesOf(entry.before, entry.after);
  if (changes.length === 0) return null;
  return (
    <section>
      <h3 className="label-caps mb-1">Changes</h3>
      <table className="w-full text-xs">
        <thead>
          <tr className="border-b text-left text-muted">
            <th className="py-1 pr-2 font-medium">Field</th>
            <th className="py-1 pr-2 font-medium">Before</th>
            <th className="py-1 font-medium">After</th>
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <tr key={change.field} className="border-b align-top last:border-b-0">
              <th scope="row" className="py-1 pr-2 text-left font-mono font-normal">
                {change.field}
              </th>
              <td className="py-1 pr-2 font-mono break-all text-muted">{change.before ?? ""}</td>
              <td className="py-1 font-mono break-all">{change.after ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function AuditEntryPanel({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const details = Object.entries(entry.details ?? {});
  return (
    <Dialog open onOpenChange={onClose} variant="panel" title={`Entry ${entry.seq}`} description={entry.action}>
      <div className="space-y-5 text-sm">
        <dl className="space-y-1.5">
          <Fact label="When">
            {formatUtc(entry.at)} (<RelativeTime value={entry.at} />)
          </Fact>
          <Fact label="Who">
            {entry.actor_label}
          </Fact>
          <Fact label="On">
            <span className="text-muted">{entry.subject_kind}</span> {entry.subject_label}
          </Fact>
          {entry.subject_id && (
            <Fact label="Id">
              <Copyable value={entry.subject_id} label="subject id" />
            </Fact>
          )}
          <Fact label="Via">
            {entry.via}
          </Fact>
          {entry.address && <Fact label="From">{entry.address}</Fact>}
          {entry.request_id && (
            <Fact label="Request">
              <Copyable value={entry.request_id} label="request id" />
            </Fact>
          )}
          <Fact label="Hash">
            <Copyable value={entry.hash} label="hash" />
          </Fact>
        </dl>
        <Changes entry={entry} />
        {details.length > 0 && (
          <section>
            <h3 className="label-caps mb-1">Details</h3>
            <dl className="space-y-1 text-xs">
              {details.map(([name, value]) => (
                <Fact key={name} label={name}>
                  <span className="font-mono break-all">{typeof value === "string" ? value : JSON.stringify(value)}</span>
                </Fact>
              ))}
            </dl>
          </section>
        )}
      </div>
    </Dialog>
  );
}
