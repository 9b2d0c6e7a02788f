import { useState } from "react";
import { Field } from "@/components/form/field";
import { Refusal } from "@/components/form/refusal";
import { TechniquePicker } from "@/components/pickers/technique-picker";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Textarea } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { usePutUse, type ActorDetail, type ActorUse } from "@/features/threat-actors/api";

interface UseDialogProps {
  actor: ActorDetail;
  /** Our word that is changed; a new one without it. */
  use?: ActorUse;
  onClose: () => void;
}

/** Says that the actor uses a technique. It stands beside what the publisher says. Mount it when it is wanted. */
export function UseDialog({ actor, use, onClose }: UseDialogProps) {
  const put = usePutUse(actor.id);
  const [technique, setTechnique] = useState(use ? { value: use.attack_id, label: `${use.attack_id} ${use.name}` } : null);
  const [how, setHow] = useState(use?.how ?? "");
  const [missing, setMissing] = useState(false);
  function submit() {
    setMissing(technique === null);
    if (!technique) return;
    const references = use?.references.map(({ source_name, url, description }) => ({ source_name, url, description })) ?? [];
    put.mutate(
      { attackId: technique.value, how: how.trim(), references },
      {
        onSuccess: () => {
          toast(`On record: ${actor.name} uses ${technique.value}.`);
          onClose();
        },
      },
    );
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={use ? `Our word on ${use.attack_id}` : `What ${actor.name} uses`}
      description="It stands beside what a publisher says, and counts like it."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={put.isPending} onClick={submit}>
            {use ? "Save" : "Add"}
          </Button>
        </>
      }
    >
      <form
        noValidate
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {!use && (
          <Field label="Technique" required error={missing ? "Choose a technique." : undefined}>
            {(control) => (
              <TechniquePicker
                id={control.id}
                value={technique}
                invalid={missing}
                describedBy={control["aria-describedby"]}
                onChange={(found) => setTechnique(found && { value: found.attackId, label: `${found.attackId} ${found.name}` })}
              />
            )}
          </Field>
        )}
        <Field label="How, and how we know" hint="What it did, in which incident or report.">
          {(control) => <Textarea {...control} rows={5} value={how} onChange={(event) => setHow(event.target.value)} />}
        </Field>
        <Refusal error={put.error} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
