import { useState, type ReactNode } from "react";
import { useForm } from "react-hook-form";
import { Field } from "@/components/form/field";
import { placeErrors } from "@/components/form/place-errors";
import { Refusal } from "@/components/form/refusal";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Textarea } from "@/components/ui/input";
import type { FieldError } from "@/api/errors";

interface ReasonDialogProps {
  onClose: () => void;
  title: string;
  /** What follows from it. */
  description: string;
  label: string;
  confirmLabel: string;
  danger?: boolean;
  pending: boolean;
  /** Further choices above the text. */
  children?: ReactNode;
  /** Rejects with the server's refusal. */
  onConfirm: (reason: string) => Promise<unknown>;
}

/** Asks for a text that goes with an act. Mount it when it is wanted. */
export function ReasonDialog({ onClose, title, description, label, confirmLabel, danger, pending, children, onConfirm }: ReasonDialogProps) {
  const form = useForm<{ reason: string }>({ defaultValues: { reason: "" } });
  const [failure, setFailure] = useState<unknown>(null);
  const [left, setLeft] = useState<readonly FieldError[]>([]);
  const submit = form.handleSubmit(async ({ reason }) => {
    setFailure(null);
    try {
      await onConfirm(reason.trim());
      onClose();
    } catch (error) {
      setFailure(error);
      setLeft(placeErrors(form, error, (field) => (field === "question" || field === "notes" ? "reason" : field)));
    }
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant={danger ? "danger" : "primary"} pending={pending} onClick={() => void submit()}>
            {confirmLabel}
          </Button>
        </>
      }
    >
      <form noValidate onSubmit={(event) => void submit(event)} className="space-y-4">
        {children}
        <Field label={label} required error={form.formState.errors.reason?.message}>
          {(field) => (
            <Textarea
              {...field}
              {...form.register("reason", {
                validate: (value) => value.trim() !== "" || "Say it in a few words.",
                maxLength: { value: 2000, message: "At most 2,000 characters." },
              })}
            />
          )}
        </Field>
        <Refusal error={failure} left={left} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
