import { useForm } from "react-hook-form";
import { Field } from "@/components/form/field";
import { placeErrors } from "@/components/form/place-errors";
import { Refusal } from "@/components/form/refusal";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Textarea } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { useWithdraw, type Evidence } from "@/features/evidence/api";

/** Takes a file back, with the reason that stays listed in its place. */
export function WithdrawDialog({ item, onClose }: { item: Evidence; onClose: () => void }) {
  const form = useForm({ defaultValues: { reason: "" } });
  const withdraw = useWithdraw(item.test_id);
  const submit = form.handleSubmit(({ reason }) =>
    withdraw.mutate(
      { id: item.id, reason: reason.trim() },
      {
        onSuccess: () => {
          toast(`${item.filename} is withdrawn.`);
          onClose();
        },
        onError: (error) => placeErrors(form, error),
      },
    ),
  );
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Withdraw this file"
      description="It no longer counts and cannot be downloaded. Name, hash and your reason stay listed."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="danger" pending={withdraw.isPending} onClick={() => void submit()}>
            Withdraw
          </Button>
        </>
      }
    >
      <form noValidate className="space-y-3" onSubmit={(event) => void submit(event)}>
        <Field label="Reason" required error={form.formState.errors.reason?.message}>
          {(field) => <Textarea {...field} {...form.register("reason", { validate: (value) => value.trim() !== "" || "Say why in a few words." })} />}
        </Field>
        <Refusal error={withdraw.error} />
      </form>
    </Dialog>
  );
}
