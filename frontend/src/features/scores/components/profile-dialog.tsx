import { useState } from "react";
import { useForm } from "react-hook-form";
import { Field } from "@/components/form/field";
import { Refusal } from "@/components/form/refusal";
import { ActorPicker } from "@/components/pickers/actor-picker";
import { TechniquePicker } from "@/components/pickers/technique-picker";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { useSetProfile, type ProfileEntry, type ProfileItem } from "@/features/scores/api";
import { PRIORITIES, withEntry } from "@/features/scores/lib/profile";

interface ProfileDialogProps {
  entries: readonly ProfileEntry[];
  /** What is changed; a new entry of `kind` without it. */
  entry: ProfileEntry | null;
  kind: "actor" | "technique";
  onClose: () => void;
}

interface Values {
  priority: string;
  reason: string;
  until: string;
}

/** One entry of the profile: who or what, how much it matters, why, until when. */
export function ProfileDialog({ entries, entry, kind, onClose }: ProfileDialogProps) {
  const [subject, setSubject] = useState<{ attackId: string; name: string } | null>(null);
  const [missing, setMissing] = useState(false);
  const form = useForm<Values>({ defaultValues: { priority: String(entry?.priority ?? 2), reason: entry?.reason ?? "", until: entry?.until?.slice(0, 10) ?? "" } });
  const save = useSetProfile();
  const { errors } = form.formState;
  const taken = entries.map((one) => one.actor ?? one.technique ?? "");
  const chosen = subject && { value: subject.attackId, label: `${subject.name} (${subject.attackId})` };
  const submit = form.handleSubmit(({ priority, reason, until }) => {
    const id = entry ? ((kind === "actor" ? entry.actor : entry.technique) ?? entry.subject_id) : subject?.attackId;
    if (id === undefined) {
      setMissing(true);
      return;
    }
    const item: ProfileItem = {
      ...(kind === "actor" ? { actor: id } : { technique: id }),
      priority: Number(priority),
      reason: reason.trim(),
      ...(until && { until: `${until}T23:59:59Z` }),
    };
    save.mutate(
      { items: withEntry(entries, entry, item), reason: "" },
      {
        onSuccess: () => {
          toast("The threat profile is changed.");
          onClose();
        },
      },
    );
  });
  const title = entry ? entry.name : kind === "actor" ? "Add an actor" : "Add a technique";
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={title}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={save.isPending} onClick={() => void submit()}>
            {entry ? "Save" : "Add to the profile"}
          </Button>
        </>
      }
    >
      <form noValidate className="space-y-4" onSubmit={(event) => void submit(event)}>
        {!entry && (
          <Field label={kind === "actor" ? "Threat actor" : "Technique"} required error={missing && !subject ? "Choose one." : undefined}>
            {(control) => {
              const props = { id: control.id, describedBy: control["aria-describedby"], invalid: control["aria-invalid"], value: chosen, onChange: setSubject, without: taken };
              return kind === "actor" ? <ActorPicker {...props} /> : <TechniquePicker {...props} />;
            }}
          </Field>
        )}
        <Field label="Priority" hint="A technique weighs as much as the highest priority among its reasons.">
          {(control) => <Select {...control} options={PRIORITIES} {...form.register("priority")} />}
        </Field>
        <Field label="Reason" required error={errors.reason?.message}>
          {(control) => <Textarea {...control} rows={3} maxLength={2000} {...form.register("reason", { validate: (value) => value.trim() !== "" || "Say why it matters to us." })} />}
        </Field>
        <Field label="Until" hint="Last day, UTC. Empty: until further notice.">
          {(control) => <Input {...control} type="date" className="w-40" {...form.register("until")} />}
        </Field>
        <Refusal error={save.error} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
