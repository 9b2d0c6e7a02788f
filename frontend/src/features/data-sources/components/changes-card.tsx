import { Card } from "@/components/ui/card";
import type { Report } from "@/features/data-sources/lib/report";
import { formatCount, humanise } from "@/lib/format";

interface ChangesCardProps {
  changes: Report["changes"];
  counts: Readonly<Record<string, number>>;
  preview: boolean;
}

/** The items that came, changed, moved and went; the server names the first of each. */
export function ChangesCard({ changes, counts, preview }: ChangesCardProps) {
  return (
    <Card title={preview ? "What would change" : "What changed"}>
      <div className="space-y-1">
        {changes.map(({ kind, items }) => {
          const all = counts[kind] ?? items.length;
          return (
            <details key={kind} className="text-sm">
              <summary className="min-h-6 py-0.5 font-medium">
                {humanise(kind)} <span className="tabular font-normal text-muted">{formatCount(Math.max(all, items.length))}</span>
              </summary>
              <ul className="mt-1 mb-2 max-h-96 space-y-0.5 overflow-y-auto pl-4" tabIndex={0} aria-label={humanise(kind)}>
                {items.map((item) => (
                  <li key={`${item.kind}-${item.key}`} className="flex flex-wrap items-baseline gap-x-2">
                    <span className="min-w-0 break-words">{item.name}</span>
                    {item.after && (
                      <span className="font-mono text-xs">
                        {item.before} → {item.after}
                      </span>
                    )}
                    <span className="min-w-0 font-mono text-xs break-all text-muted">
                      {item.kind === "template" || item.kind === "rule" ? "" : `${humanise(item.kind)} `}
                      {item.key === item.name ? "" : item.key}
                    </span>
                  </li>
                ))}
                {all > items.length && <li className="text-muted">and {formatCount(all - items.length)} more</li>}
              </ul>
            </details>
          );
        })}
      </div>
    </Card>
  );
}
