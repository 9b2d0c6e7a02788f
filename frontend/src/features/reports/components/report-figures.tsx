import { Link } from "react-router";
import { RelativeTime } from "@/components/ui/relative-time";

interface Figure {
  label: string;
  value: string;
  /** The list that makes it up. */
  to?: string;
  hint?: string;
}

/** The figures at the head of a report. */
export function ReportFigures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-3 px-4 py-3 sm:grid-cols-3 lg:grid-cols-6">
      {figures.map(({ label, value, to, hint }) => (
        <div key={label} className="flex flex-col justify-between">
          <dt className="text-xs text-muted">{label}</dt>
          <dd className="text-xl font-semibold tabular">
            {to ? (
              <Link to={to} className="link" aria-label={`${value} ${label}`}>
                {value}
              </Link>
            ) : (
              value
            )}
            {hint && <span className="ml-1.5 text-xs font-normal text-muted">{hint}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface ReportFootProps {
  asOf: string;
  filters: readonly { name: string; value: string }[];
  trail: { seq: number; hash: string } | null;
}

/** As of when, under which filters, and where the audit trail stood: what makes a report checkable. */
export function ReportFoot({ asOf, filters, trail }: ReportFootProps) {
  return (
    <p className="border-t px-4 py-2 text-xs text-muted">
      As of <RelativeTime value={asOf} />. {filters.length > 0 ? `${filters.map(({ name, value }) => `${name}: ${value}`).join(" · ")}.` : "No filters."}{" "}
      {trail && (
        <span title={trail.hash}>
          Audit trail at entry {trail.seq}, <span className="font-mono">{trail.hash.slice(0, 12)}</span>.
        </span>
      )}
    </p>
  );
}
