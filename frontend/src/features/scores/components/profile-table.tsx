import { Link } from "react-router";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ExactTime } from "@/components/ui/exact-time";
import { RelativeTime } from "@/components/ui/relative-time";
import type { ProfileEntry } from "@/features/scores/api";
import { PRIORITIES } from "@/features/scores/lib/profile";

interface ProfileTableProps {
  entries: readonly ProfileEntry[];
  /** Absent for those who only read. */
  onEdit?: (entry: ProfileEntry) => void;
  onEnd?: (entry: ProfileEntry) => void;
}

const HEADINGS = ["Who or what", "Priority", "Reason", "Since", "Until"];

export function ProfileTable({ entries, onEdit, onEnd }: ProfileTableProps) {
  return (
    <div className="overflow-x-auto" role="region" aria-label="Threat profile" tabIndex={0}>
      <table className="w-full text-sm">
        <caption className="sr-only">Actors and techniques that matter to us, the most important first</caption>
        <thead>
          <tr className="h-8 border-b text-left text-xs text-muted">
            {HEADINGS.map((heading) => (
              <th key={heading} scope="col" className="px-4 font-medium">
                {heading}
              </th>
            ))}
            {onEdit && (
              <th scope="col" className="px-4">
                <span className="sr-only">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <ProfileRow key={entry.id} entry={entry} onEdit={onEdit} onEnd={onEnd} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ProfileRow({ entry, onEdit, onEnd }: { entry: ProfileEntry } & Pick<ProfileTableProps, "onEdit" | "onEnd">) {
  const path = entry.kind === "actor" ? `/threat-actors/${entry.actor ?? entry.subject_id}` : `/techniques/${entry.technique ?? entry.subject_id}`;
  return (
    <tr className="border-b align-top last:border-b-0">
      <th scope="row" className="px-4 py-1.5 text-left font-normal">
        <Link to={path} className="link font-medium">
          {entry.name}
        </Link>{" "}
        <span className="font-mono text-xs text-muted">{entry.actor ?? entry.technique}</span>
      </th>
      <td className="px-4 py-1.5 whitespace-nowrap">{PRIORITIES.find(({ value }) => value === String(entry.priority))?.label}</td>
      <td className="max-w-prose min-w-48 px-4 py-1.5">{entry.reason}</td>
      <td className="px-4 py-1.5 whitespace-nowrap">
        <RelativeTime value={entry.valid_from} />
        {entry.decided_by && <span className="block text-xs text-muted">by {entry.decided_by}</span>}
      </td>
      <td className="px-4 py-1.5">
        {entry.in_force ? (
          entry.until ? (
            <ExactTime value={entry.until} />
          ) : (
            <span className="text-muted">Further notice</span>
          )
        ) : (
          <>
            <Badge>Ended</Badge> <RelativeTime value={entry.ended_at} />
            {entry.ended_reason && <span className="block text-xs text-muted">{entry.ended_reason}</span>}
          </>
        )}
      </td>
      {onEdit && (
        <td className="px-4 py-1 text-right whitespace-nowrap">
          {entry.in_force && (
            <>
              <Button size="sm" aria-label={`Change ${entry.name}`} onClick={() => onEdit(entry)}>
                Change
              </Button>{" "}
              <Button size="sm" aria-label={`Take out ${entry.name}`} onClick={() => onEnd?.(entry)}>
                Take out
              </Button>
            </>
          )}
        </td>
      )}
    </tr>
  );
}
