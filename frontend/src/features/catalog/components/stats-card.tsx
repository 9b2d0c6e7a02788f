import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "@/components/ui/skeleton";
import { InlineError } from "@/components/states/inline-error";
import { formatCount } from "@/lib/format";
import { sourceLabel } from "@/lib/sources";
import { plural } from "@/lib/plural";
import { statsQuery, type TemplateStats } from "@/features/catalog/api";

function Group({ label, rows, filter, nameOf }: { label: string; rows: TemplateStats["by_source"]; filter: string; nameOf: (name: string) => string }) {
  return (
    <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
      <span className="w-16 shrink-0 text-xs text-muted">{label}</span>
      {rows.map((row) => (
        <Link key={row.name} to={`/catalog?${filter}=${encodeURIComponent(row.name)}`} className="whitespace-nowrap hover:underline" title={`${formatCount(row.active)} of ${formatCount(row.total)} can be used`}>
          {nameOf(row.name)} <span className="tabular text-muted">{formatCount(row.total)}</span>
        </Link>
      ))}
    </div>
  );
}

/** How many there are, in all, by source and by platform; each number leads to its list. */
export function CatalogStats() {
  const stats = useQuery(statsQuery());
  if (!stats.data) {
    return stats.error ? (
      <InlineError error={stats.error} />
    ) : (
      <div role="status" aria-label="Loading" className="space-y-2 rounded-lg border bg-surface px-4 py-3">
        <Skeleton className="w-1/3" />
        <Skeleton className="w-2/3" />
      </div>
    );
  }
  const { total, active, techniques, by_source, by_platform } = stats.data;
  if (total === 0) return null;
  return (
    <section aria-label="Statistics" className="space-y-1.5 rounded-lg border bg-surface px-4 py-3 text-sm">
      <p>
        <Link to="/catalog?active=true" className="link">
          {plural(active, "template")}
        </Link>{" "}
        can be used{total > active && `, ${formatCount(total - active)} ${total - active === 1 ? "is" : "are"} switched off or withdrawn`}; they carry out {plural(techniques, "technique")}.
      </p>
      <Group label="Source" rows={by_source} filter="source" nameOf={sourceLabel} />
      <Group label="Platform" rows={by_platform} filter="platform" nameOf={(name) => name} />
    </section>
  );
}
