import { useState } from "react";
import type { TestDetail } from "@/api/tests";
import { toast } from "@/components/ui/toast";
import { useReopen } from "@/features/security-tests/api";
import { ReasonDialog } from "@/components/form/reason-dialog";

const CHOICES = [
  { value: "both", label: "Both sides do it again", hint: "A fresh record on both sides." },
  { value: "red", label: "Only red", hint: "Blue's record is carried over; blue confirms it with one click." },
  { value: "blue", label: "Only blue", hint: "Red's record is carried over; red confirms it with one click." },
] as const;

export function ReopenDialog({ test, onClose }: { test: TestDetail; onClose: () => void }) {
  const [redo, setRedo] = useState<(typeof CHOICES)[number]["value"]>("both");
  const reopen = useReopen(test.id);
  return (
    <ReasonDialog
      title={`Open round ${String(test.round + 1)}`}
      description="The test goes back to draft. The rejected round stays readable as it is."
      label="Reason"
      confirmLabel={`Open round ${String(test.round + 1)}`}
      onClose={onClose}
      pending={reopen.isPending}
      onConfirm={async (reason) => {
        await reopen.mutateAsync({ reason, redo });
        toast(`${test.number} is in round ${String(test.round + 1)}.`);
      }}
    >
      <fieldset className="space-y-2">
        <legend className="mb-1 text-xs font-medium">Who does the work again?</legend>
        {CHOICES.map((choice) => (
          <label key={choice.value} className="flex items-start gap-2 text-sm">
            <input type="radio" name="redo" checked={redo === choice.value} onChange={() => setRedo(choice.value)} className="mt-0.5 size-4 accent-accent" />
            <span>
              {choice.label}
              <span className="block text-xs text-muted">{choice.hint}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </ReasonDialog>
  );
}
