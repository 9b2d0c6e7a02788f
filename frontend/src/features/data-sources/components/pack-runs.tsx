import { Link } from "react-router";
import type { Pack } from "@/features/data-sources/api";
import { RunStatusBadge } from "@/features/data-sources/components/run-status-badge";
import { runPath } from "@/features/data-sources/lib/paths";
import { sourceLabel } from "@/lib/sources";

/** The runs that a pack was handed to, one for each of its sources. */
export function PackRuns({ runs }: { runs: Pack["runs"] }) {
  return (
    <ul aria-label="Runs" className="divide-y rounded-md border text-sm">
      {runs.map((run) => (
        <li key={run.id} className="flex items-center justify-between gap-3 px-3 py-1.5">
          <Link to={runPath(run.source, run.id)} className="link">
            {sourceLabel(run.source)}
          </Link>
          <RunStatusBadge status={run.status} />
        </li>
      ))}
    </ul>
  );
}
