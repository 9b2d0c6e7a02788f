import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";

interface OutcomeConflictProps {
  /** Numbers of the runs that contradict each other. */
  runs: readonly number[];
  onMarkLate: () => void;
  onReturn: (() => void) | null;
}

/** Red says it worked, blue says it was blocked: why the hand-over waits, and the two ways out. */
export function OutcomeConflict({ runs, onMarkLate, onReturn }: OutcomeConflictProps) {
  const which = runs.length > 0 ? `run ${runs.join(", ")}` : "the attack";
  return (
    <Notice
      tone="warn"
      alert
      title={`Red says that ${which} succeeded, you say that it was blocked`}
      actions={
        <>
          <Button size="sm" onClick={onMarkLate}>
            Say why the block did not stop it
          </Button>
          {onReturn && (
            <Button size="sm" onClick={onReturn}>
              Return it to red with a question
            </Button>
          )}
        </>
      }
    >
      <p>Both cannot be true of the same moment. There are two ways out:</p>
      <ul className="list-disc pl-4">
        <li>The block came after the effect, or stopped another stage: say so at the blocked observation, then hand over again.</li>
        <li>Red is mistaken about the result: send the test back with a question.</li>
      </ul>
    </Notice>
  );
}

/** The runs named by the refusal. */
export function conflictingRuns(extra: Readonly<Record<string, unknown>>): number[] {
  return Array.isArray(extra.executions) ? extra.executions.filter((item) => typeof item === "number") : [];
}
