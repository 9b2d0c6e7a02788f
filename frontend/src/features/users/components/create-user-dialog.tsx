import { useState } from "react";
import { useForm } from "react-hook-form";
import { Field } from "@/components/form/field";
import { applyServerErrors } from "@/components/form/server-errors";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { useCreateUser, type OneTimeLink } from "@/features/users/api";
import { EMPTY_USER, UserFormFields, type UserFormValues } from "@/features/users/components/user-form-fields";

interface CreateUserDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Called with the one-time link when no password was chosen. */
  onLink: (username: string, link: OneTimeLink) => void;
}

export function CreateUserDialog({ open, onOpenChange, onLink }: CreateUserDialogProps) {
  const form = useForm<UserFormValues>({ defaultValues: EMPTY_USER });
  const create = useCreateUser();
  const [failure, setFailure] = useState<unknown>(null);
  const { errors } = form.formState;

  function close() {
    onOpenChange(false);
    form.reset(EMPTY_USER);
    setFailure(null);
  }
  const submit = form.handleSubmit(({ email, password, ...values }) => {
    setFailure(null);
    create.mutate(
      { ...values, email: email || null, ...(password ? { password } : {}) },
      {
        onSuccess: ({ username, role, auditor, one_time_link: link }) => {
          close();
          if (link) onLink(username, link);
          if (role !== values.role || auditor !== values.auditor) toast(`${username} begins as a viewer: another administrator has to confirm the rights.`);
          else if (!link) toast(`${username} can sign in now.`);
        },
        onError: (error) => setFailure(applyServerErrors(form, error)),
      },
    );
  });
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (next) onOpenChange(true);
        else close();
      }}
      title="New user"
      description="Without an initial password you get a link with which the person sets one."
      footer={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button variant="primary" pending={create.isPending} onClick={() => void submit()}>
            Create user
          </Button>
        </>
      }
    >
      <form onSubmit={(event) => void submit(event)} noValidate className="space-y-4">
        <Field label="User name" required error={errors.username?.message}>
          {(control) => <Input {...control} {...form.register("username", { required: "Enter a user name." })} autoCapitalize="none" />}
        </Field>
        <UserFormFields register={form.register} errors={errors} />
        <Field label="Initial password" hint="Optional, at least 12 characters." error={errors.password?.message}>
          {(control) => <Input {...control} type="password" autoComplete="new-password" {...form.register("password")} />}
        </Field>
        <InlineError error={failure} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
