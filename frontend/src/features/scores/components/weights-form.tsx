import { useState } from "react";
import { Field } from "@/components/form/field";
import { Refusal } from "@/components/form/refusal";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { useSetWeights, type WeightValues } from "@/features/scores/api";
import { COMPONENTS, sameWeights, shares } from "@/features/scores/lib/weights";
import { formatRate } from "@/lib/format";

interface WeightsFormProps {
  inForce: WeightValues;
  value: WeightValues;
  onChange: (weights: WeightValues) => void;
}

/** The five weights; only their ratio matters, so each shows its share beside it. */
export function WeightsForm({ inForce, value, onChange }: WeightsFormProps) {
  const [reason, setReason] = useState("");
  const save = useSetWeights();
  const share = shares(value);
  const nothing = Object.values(value).every((weight) => weight === 0);
  const unchanged = sameWeights(inForce, value);
  const submit = () =>
    save.mutate(
      { ...value, reason: reason.trim() },
      {
        onSuccess: () => {
          setReason("");
          toast("The weights are changed.");
        },
      },
    );
  return (
    <Card title="Weights" description="Only their ratio counts.">
      <form
        noValidate
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!nothing && !unchanged) submit();
        }}
      >
        {COMPONENTS.map(({ id, label, hint }) => (
          <Field key={id} label={label} hint={hint}>
            {(control) => (
              <span className="flex items-center gap-3">
                <input
                  {...control}
                  type="range"
                  min={0}
                  max={100}
                  step={1}
                  value={Math.min(value[id], 100)}
                  onChange={(event) => onChange({ ...value, [id]: Number(event.target.value) })}
                  className="h-7.5 min-w-0 flex-1 accent-accent"
                />
                <Input
                  type="number"
                  aria-label={`${label}, exact weight`}
                  min={0}
                  max={1_000_000}
                  step="any"
                  className="w-20! text-right"
                  value={String(value[id])}
                  onChange={(event) => onChange({ ...value, [id]: Math.max(0, Number(event.target.value) || 0) })}
                />
                <span className="w-16 text-right text-sm text-muted tabular">{formatRate(share[id])}</span>
              </span>
            )}
          </Field>
        ))}
        {nothing && <p className="text-sm text-danger">At least one weight must be above 0.</p>}
        <Field label="Reason" hint="Kept with the change, for those who compare figures later.">
          {(control) => <Input {...control} value={reason} maxLength={2000} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <Refusal error={save.error} />
        <div className="flex flex-wrap gap-2">
          <Button type="submit" variant="primary" pending={save.isPending} disabled={nothing || unchanged}>
            Use these weights
          </Button>
          {!unchanged && <Button onClick={() => onChange(inForce)}>Back to those in force</Button>}
        </div>
      </form>
    </Card>
  );
}
