import { useForm } from "react-hook-form";
import { Field } from "@/components/form/field";
import { Refusal } from "@/components/form/refusal";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Input, Textarea } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { useTakeSnapshot } from "@/features/comparison/api";

/** Keeps coverage as it stands now. Mount it when it is wanted. */
export function SnapshotDialog({ onClose }: { onClose: () => void }) {
  const form = useForm({ defaultValues: { name: "", note: "" } });
  const take = useTakeSnapshot();
  const submit = form.handleSubmit(({ name, note }) =>
    take.mutate(
      { name: name.trim(), note: note.trim(), domain: "enterprise" },
      {
        onSuccess: (snapshot) => {
          toast(`${snapshot.name} is kept.`);
          onClose();
        },
      },
    ),
  );
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Take a snapshot"
      description="Keeps every score with what it was made from, so that it can be compared later. One is taken every week by itself."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={take.isPending} onClick={() => void submit()}>
            Take it
          </Button>
        </>
      }
    >
      <form noValidate className="space-y-4" onSubmit={(event) => void submit(event)}>
        <Field label="Name" required error={form.formState.errors.name?.message}>
          {(control) => <Input {...control} maxLength={200} {...form.register("name", { validate: (value) => value.trim() !== "" || "Give it a name." })} />}
        </Field>
        <Field label="Note">{(control) => <Textarea {...control} rows={3} maxLength={2000} {...form.register("note")} />}</Field>
        <Refusal error={take.error} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
