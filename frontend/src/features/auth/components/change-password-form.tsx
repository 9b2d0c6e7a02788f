import { useState } from "react";
import { useForm } from "react-hook-form";
import { applyServerErrors } from "@/components/form/server-errors";
import { Field } from "@/components/form/field";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { useChangePassword } from "@/features/auth/api";
import { NewPasswordFields, type NewPasswordValues } from "@/features/auth/components/new-password-fields";

interface ChangePasswordFormProps {
  /** Known when it was typed a moment ago; then it is not asked again. */
  currentPassword?: string;
  /** `kept` is false when the server ended this session with the change. */
  onChanged: (kept: boolean) => void;
}

export function ChangePasswordForm({ currentPassword, onChanged }: ChangePasswordFormProps) {
  const form = useForm<NewPasswordValues>({ defaultValues: { current_password: currentPassword ?? "", new_password: "", repeated: "" } });
  const change = useChangePassword();
  const [failure, setFailure] = useState<unknown>(null);
  const { errors } = form.formState;
  const submit = form.handleSubmit(({ current_password, new_password }) => {
    setFailure(null);
    change.mutate(
      { current_password, new_password },
      {
        onSuccess: (kept) => {
          form.reset();
          onChanged(kept);
        },
        onError: (error) => setFailure(applyServerErrors(form, error)),
      },
    );
  });
  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="max-w-80 space-y-4">
      {!currentPassword && (
        <Field label="Current password" error={errors.current_password?.message}>
          {(control) => (
            <Input {...control} type="password" autoComplete="current-password" {...form.register("current_password", { required: "Enter your current password." })} />
          )}
        </Field>
      )}
      <NewPasswordFields register={form.register} errors={errors} />
      <InlineError error={failure} />
      <Button type="submit" variant="primary" pending={change.isPending}>
        Change password
      </Button>
    </form>
  );
}
