import { useState } from "react";
import { useMe } from "@/api/me";
import type { Side, TestSummary } from "@/api/tests";
import { errorText } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { toast } from "@/components/ui/toast";
import { useBulkAssign } from "@/features/security-tests/api";
import { AssignDialog } from "@/features/security-tests/components/assign-dialog";
import { plural } from "@/lib/plural";

interface BulkBarProps {
  chosen: readonly TestSummary[];
  onDone: () => void;
}

/** What can be done to the chosen rows; refusals stay listed, each with its reason. */
export function BulkBar({ chosen, onDone }: BulkBarProps) {
  const me = useMe();
  const [assigning, setAssigning] = useState(false);
  const [refused, setRefused] = useState<readonly { number: string; why: string }[]>([]);
  const bulk = useBulkAssign();
  const sides: Side[] = me.role === "admin" ? ["red", "blue"] : me.role === "blue_lead" ? ["blue"] : ["red"];
  return (
    <div className="space-y-2 border-b bg-sunken px-3 py-2">
      <div className="flex flex-wrap items-center gap-2 text-sm">
        <span role="status" className="flex-1">
          {chosen.length} chosen
        </span>
        <Button size="sm" disabled={chosen.length === 0} onClick={() => setAssigning(true)}>
          Assign
        </Button>
        <Button size="sm" variant="ghost" onClick={onDone}>
          Clear the choice
        </Button>
      </div>
      {refused.length > 0 && (
        <Notice tone="warn" alert title={`${String(refused.length)} could not be assigned`}>
          <ul className="list-disc pl-4">
            {refused.map((item) => (
              <li key={item.number}>
                {item.number}: {item.why}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      {assigning && (
        <AssignDialog
          title={`Assign ${plural(chosen.length, "test")}`}
          sides={sides}
          pending={bulk.isPending}
          onClose={() => setAssigning(false)}
          onAssign={async (assignment) => {
            const failures = await bulk.mutateAsync({ ids: chosen.map((test) => test.id), assignment });
            const numbers = new Map(chosen.map((test) => [test.id, test.number]));
            setRefused(failures.map(({ id, error }) => ({ number: numbers.get(id) ?? id, why: errorText(error) })));
            setAssigning(false);
            const done = chosen.length - failures.length;
            if (done > 0) toast(`${plural(done, "test is", "tests are")} assigned.`);
            if (failures.length === 0) onDone();
          }}
        />
      )}
    </div>
  );
}
