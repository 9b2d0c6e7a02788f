import type { RunDetail } from "@/features/data-sources/api";
import { domainLabel, wayLabel } from "@/features/data-sources/lib/labels";
import type { Report } from "@/features/data-sources/lib/report";
import { formatCount, humanise } from "@/lib/format";

const COUNTED = ["read", "added", "updated", "unchanged", "removed", "skipped"] as const;
const cell = "h-8 px-4";

/** Counts by kind of item; the last row is the whole run. */
export function CountsTable({ report, counts }: { report: Report; counts: RunDetail["counts"] }) {
  const columns = report.byKind.some((row) => "read" in row.counts) ? COUNTED : COUNTED.slice(1);
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-sm">
        <caption className="sr-only">Items by kind</caption>
        <thead>
          <tr className="border-b">
            <th scope="col" className={`label-caps text-left ${cell}`}>
              Kind
            </th>
            {columns.map((name) => (
              <th key={name} scope="col" className={`label-caps text-right ${cell}`}>
                {humanise(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {report.byKind.map((row) => (
            <tr key={row.kind} className="border-b">
              <th scope="row" className={`text-left font-normal ${cell}`}>
                {humanise(row.kind)}
              </th>
              {columns.map((name) => (
                <td key={name} className={`text-right ${cell} ${row.counts[name] ? "" : "text-faint"}`}>
                  {formatCount(row.counts[name] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
          <tr className="font-medium">
            <th scope="row" className={`text-left font-medium ${cell}`}>
              All
            </th>
            {columns.map((name) => (
              <td key={name} className={`text-right ${cell}`}>
                {formatCount(counts[name])}
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  );
}

/** Why each way that was tried first was left. */
export function NotesList({ notes }: { notes: RunDetail["notes"] }) {
  return (
    <ul className="space-y-2 text-sm">
      {notes.map((note) => (
        <li key={`${note.way}-${note.domain ?? ""}-${note.code}`} className="grid gap-x-4 sm:grid-cols-[11rem_minmax(0,1fr)]">
          <span className="font-medium">
            {humanise(wayLabel(note.way))}
            {note.domain && <span className="font-normal text-muted">, {domainLabel(note.domain)}</span>}
          </span>
          <span className="break-words text-muted">{note.reason}</span>
        </li>
      ))}
    </ul>
  );
}

export function ProblemsTable({ problems }: { problems: RunDetail["problems"] }) {
  return (
    <div className="max-h-96 overflow-auto" tabIndex={0} role="region" aria-label="Items left out">
      <table className="w-full text-sm">
        <caption className="sr-only">Items left out</caption>
        <thead>
          <tr className="border-b text-left">
            {["Item", "Code", "Reason"].map((label) => (
              <th key={label} scope="col" className={`label-caps ${cell}`}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {problems.map((problem, index) => (
            <tr key={index} className="border-b align-top last:border-b-0">
              <td className="px-4 py-1.5 font-mono text-xs break-all">{problem.path}</td>
              <td className="px-4 py-1.5 font-mono text-xs text-muted">{problem.code}</td>
              <td className="px-4 py-1.5">{problem.message}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
