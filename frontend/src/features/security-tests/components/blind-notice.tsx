import type { TestDetail } from "@/api/tests";
import { Notice } from "@/components/ui/notice";
import { RelativeTime } from "@/components/ui/relative-time";
import { formatUtc } from "@/lib/format";

/** What blue is told of a blind test before the reveal, and what is left to do after it. */
export function BlindNotice({ test }: { test: TestDetail }) {
  if (test.state !== "blue_evaluating") return null;
  if (test.allowed_actions.includes("attribute")) {
    return (
      <Notice title="Revealed: say which sighting belongs to what was run">
        <p>
          What was recorded blind is frozen since <RelativeTime value={test.revealed_at} />. Complete it now with runs, causes and tools, then hand over to the
          leads.
        </p>
      </Notice>
    );
  }
  if (!test.sealed) return null;
  return (
    <Notice title="A blind test: record what was seen in this window">
      <p>
        {test.window_from && test.window_to ? `${formatUtc(test.window_from)} to ${formatUtc(test.window_to)}` : "No window is set"}, {test.environment.name}
        {test.target_group && `, ${test.target_group}`}.
      </p>
      <p>Handing over freezes the sightings and reveals the test.</p>
    </Notice>
  );
}
