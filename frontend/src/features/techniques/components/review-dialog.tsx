import { useForm } from "react-hook-form";
import type { DomainName, TechniqueDetail } from "@/api/techniques";
import { Field } from "@/components/form/field";
import { Refusal } from "@/components/form/refusal";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Textarea } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { useReviewTechnique } from "@/features/techniques/api";

interface ReviewDialogProps {
  technique: TechniqueDetail;
  which: { attackId: string; domain: DomainName | undefined };
  onClose: () => void;
}

/** Says that somebody read what changed. */
export function ReviewDialog({ technique, which, onClose }: ReviewDialogProps) {
  const form = useForm({ defaultValues: { notes: "" } });
  const review = useReviewTechnique(which);
  const submit = form.handleSubmit(({ notes }) => {
    review.mutate(notes.trim(), {
      onSuccess: () => {
        toast(`${technique.attack_id} is reviewed.`);
        onClose();
      },
    });
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Mark ${technique.attack_id} reviewed`}
      description="The flag falls until what is known of the technique changes again."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={review.isPending} onClick={() => void submit()}>
            Mark reviewed
          </Button>
        </>
      }
    >
      <form noValidate onSubmit={(event) => void submit(event)} className="space-y-4">
        <Field label="Note" hint="What follows from it, if anything." error={form.formState.errors.notes?.message}>
          {(control) => <Textarea {...control} {...form.register("notes", { maxLength: { value: 2000, message: "At most 2,000 characters." } })} />}
        </Field>
        <Refusal error={review.error} />
      </form>
    </Dialog>
  );
}
