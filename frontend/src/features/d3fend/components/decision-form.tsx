import { useState } from "react";
import { Field } from "@/components/form/field";
import { Refusal } from "@/components/form/refusal";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { useDecideCountermeasure, type CountermeasureDetail } from "@/features/d3fend/api";
import { STATUS_OPTIONS, STATUSES, statusOf } from "@/features/d3fend/lib/words";

/** Says from now on whether we have it, and why. Mount it anew after each decision. */
export function DecisionForm({ countermeasure }: { countermeasure: CountermeasureDetail }) {
  const decide = useDecideCountermeasure(countermeasure.d3fend_id);
  const [status, setStatus] = useState(countermeasure.status);
  const [reason, setReason] = useState("");
  const same = status === countermeasure.status && reason.trim() === "";
  return (
    <form
      noValidate
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (same) return;
        decide.mutate({ status, reason: reason.trim() }, { onSuccess: (found) => toast(`${found.d3fend_id}: ${STATUSES[found.status].label.toLowerCase()} from now on.`) });
      }}
    >
      <Field label="From now on">
        {(control) => <Select {...control} className="max-w-48" options={STATUS_OPTIONS} value={status} onChange={(event) => setStatus(statusOf(event.target.value) ?? status)} />}
      </Field>
      <Field label="Reason" hint="Where it is in place, by when it is planned, or why we do without.">
        {(control) => <Textarea {...control} rows={2} maxLength={2000} value={reason} onChange={(event) => setReason(event.target.value)} />}
      </Field>
      <Refusal error={decide.error} />
      <Button type="submit" variant="primary" pending={decide.isPending} disabled={same}>
        Decide
      </Button>
    </form>
  );
}
