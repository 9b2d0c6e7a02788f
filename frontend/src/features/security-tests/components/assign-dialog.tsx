import { useState, type ReactNode } from "react";
import type { Side } from "@/api/tests";
import { Refusal } from "@/components/form/refusal";
import { PersonPicker } from "@/components/pickers/person-picker";
import { Button } from "@/components/ui/button";
import type { ComboboxOption } from "@/components/ui/combobox";
import { Dialog } from "@/components/ui/dialog";
import { Select } from "@/components/ui/select";
import type { Assignment } from "@/features/security-tests/api";

interface AssignDialogProps {
  title: string;
  sides: readonly Side[];
  pending: boolean;
  onClose: () => void;
  /** Rejects with the server's refusal. */
  onAssign: (assignment: Assignment) => Promise<unknown>;
  children?: ReactNode;
}

/** Picks a person who can work on a side, or gives the side back to everybody. */
export function AssignDialog({ title, sides, pending, onClose, onAssign, children }: AssignDialogProps) {
  const [side, setSide] = useState<Side>(sides[0] ?? "red");
  const [person, setPerson] = useState<ComboboxOption | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const act = (userId: string | null) => {
    setFailure(null);
    onAssign({ side, userId }).catch(setFailure);
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={title}
      footer={
        <>
          <Button variant="ghost" pending={pending} onClick={() => act(null)}>
            Open for all
          </Button>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={!person} pending={pending} onClick={() => act(person?.value ?? null)}>
            Assign
          </Button>
        </>
      }
    >
      <div className="space-y-3">
        {sides.length > 1 && (
          <Select
            aria-label="Side"
            options={sides.map((item) => ({ value: item, label: item === "red" ? "Red side" : "Blue side" }))}
            value={side}
            onChange={(event) => {
              setSide(event.target.value === "blue" ? "blue" : "red");
              setPerson(null);
            }}
          />
        )}
        <PersonPicker key={side} label="Person" placeholder={`Search ${side} technicians`} roles={[side === "red" ? "red_tech" : "blue_tech", "admin"]} nobody="No active technician of this side matches." value={person} onChange={setPerson} />
        {children}
        <Refusal error={failure} />
      </div>
    </Dialog>
  );
}
