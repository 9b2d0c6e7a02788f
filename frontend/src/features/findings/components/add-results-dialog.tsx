import { useState } from "react";
import { Refusal } from "@/components/form/refusal";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { useAddResults, type FindingDetail } from "@/features/findings/api";
import { ResultsPicker } from "@/features/findings/components/results-picker";

/** Moves results into a finding. Mount it when it is wanted. */
export function AddResultsDialog({ finding, onClose }: { finding: FindingDetail; onClose: () => void }) {
  const [tests, setTests] = useState<string[]>([]);
  const add = useAddResults(finding.id);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      variant="wide"
      title={`Move results into ${finding.number}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={tests.length === 0} pending={add.isPending} onClick={() => add.mutate(tests, { onSuccess: onClose })}>
            Move them here
          </Button>
        </>
      }
    >
      <ResultsPicker value={tests} onChange={setTests} without={finding.results.map((result) => result.test_id)} />
      <div className="mt-3">
        <Refusal error={add.error} />
      </div>
    </Dialog>
  );
}
