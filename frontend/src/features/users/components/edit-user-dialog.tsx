import { useState } from "react";
import { useForm } from "react-hook-form";
import { applyServerErrors } from "@/components/form/server-errors";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { toast } from "@/components/ui/toast";
import { useUpdateUser, type User } from "@/features/users/api";
import { EMPTY_USER, UserFormFields, type UserFormValues } from "@/features/users/components/user-form-fields";

interface EditUserDialogProps {
  user: User;
  onClose: () => void;
}

/** Mount it anew for each person (`key`): the form starts from what is stored. */
export function EditUserDialog({ user, onClose }: EditUserDialogProps) {
  const form = useForm<UserFormValues>({
    defaultValues: { ...EMPTY_USER, username: user.username, full_name: user.full_name, email: user.email ?? "", role: user.role, auditor: user.auditor },
  });
  const update = useUpdateUser();
  const [failure, setFailure] = useState<unknown>(null);
  const submit = form.handleSubmit(({ full_name, email, role, auditor }) => {
    setFailure(null);
    update.mutate(
      { id: user.id, body: { full_name, email: email || null, role, auditor } },
      {
        onSuccess: ({ waits }) => {
          toast(waits ? `The new rights of ${user.username} wait for another administrator.` : `${user.username} is changed.`);
          onClose();
        },
        onError: (error) => setFailure(applyServerErrors(form, error)),
      },
    );
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={user.username}
      description="A new role holds from the person's next request on, and narrows their access tokens."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={update.isPending} onClick={() => void submit()}>
            Save
          </Button>
        </>
      }
    >
      <form onSubmit={(event) => void submit(event)} noValidate className="space-y-4">
        <UserFormFields register={form.register} errors={form.formState.errors} />
        <InlineError error={failure} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
