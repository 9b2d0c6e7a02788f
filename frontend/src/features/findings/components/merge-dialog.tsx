import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { findingsQuery } from "@/api/findings";
import { Field } from "@/components/form/field";
import { Refusal } from "@/components/form/refusal";
import { Button } from "@/components/ui/button";
import { Combobox, type ComboboxOption } from "@/components/ui/combobox";
import { Dialog } from "@/components/ui/dialog";
import { useMergeFinding, type FindingDetail } from "@/features/findings/api";
import { useDebounced } from "@/hooks/use-debounced";
import { causeLabel } from "@/lib/causes";
import { plural } from "@/lib/plural";

const FEW = 8;

/** Takes over another finding. Mount it when it is wanted. */
export function MergeDialog({ finding, onClose }: { finding: FindingDetail; onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const [other, setOther] = useState<ComboboxOption | null>(null);
  const q = useDebounced(typed.trim());
  const found = useQuery(findingsQuery({ open: true, limit: FEW + 1, ...(q && { q }) }));
  const merge = useMergeFinding(finding.id);
  const options = (found.data?.items ?? [])
    .filter((item) => item.id !== finding.id)
    .slice(0, FEW)
    .map((item) => ({ value: item.id, label: `${item.number} ${item.title}`, detail: `${causeLabel(item.cause)}, ${plural(item.result_count, "result")}` }));
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Merge another finding into ${finding.number}`}
      description="Its results, retests and steps come here; it is closed and points here. What was accepted there ends. This cannot be taken back."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="danger"
            disabled={other === null}
            pending={merge.isPending}
            onClick={() => {
              if (other) merge.mutate(other.value, { onSuccess: onClose });
            }}
          >
            Merge them
          </Button>
        </>
      }
    >
      <div className="space-y-3">
        <Field label="The other finding" required>
          {(control) => (
            <Combobox
              id={control.id}
              label="The other finding"
              placeholder="Number or title"
              value={other}
              onChange={setOther}
              options={options}
              query={typed}
              onQueryChange={setTyped}
              loading={found.isFetching}
              error={found.error}
              onRetry={() => void found.refetch()}
              emptyText="No other open finding matches."
            />
          )}
        </Field>
        <Refusal error={merge.error} />
      </div>
    </Dialog>
  );
}
