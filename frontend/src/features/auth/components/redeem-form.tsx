import { useState } from "react";
import { useForm } from "react-hook-form";
import { applyServerErrors } from "@/components/form/server-errors";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { useRedeemLink } from "@/features/auth/api";
import { NewPasswordFields, type NewPasswordValues } from "@/features/auth/components/new-password-fields";

/** Sets a password with the token of a one-time link. */
export function RedeemForm({ token, onDone }: { token: string; onDone: () => void }) {
  const form = useForm<NewPasswordValues>({ defaultValues: { current_password: "", new_password: "", repeated: "" } });
  const redeem = useRedeemLink();
  const [failure, setFailure] = useState<unknown>(null);
  const submit = form.handleSubmit(({ new_password }) => {
    setFailure(null);
    redeem.mutate({ token, new_password }, { onSuccess: onDone, onError: (error) => setFailure(applyServerErrors(form, error)) });
  });
  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="space-y-4">
      <NewPasswordFields register={form.register} errors={form.formState.errors} />
      <InlineError error={failure} />
      <Button type="submit" variant="primary" pending={redeem.isPending} className="w-full justify-center">
        Set password
      </Button>
    </form>
  );
}
