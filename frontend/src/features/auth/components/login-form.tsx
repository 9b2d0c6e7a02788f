import { useForm } from "react-hook-form";
import { isApiError } from "@/api/errors";
import type { Me } from "@/api/me";
import { Field } from "@/components/form/field";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { formatDuration } from "@/lib/format";
import { useSignIn, type Credentials } from "@/features/auth/api";

/** The same words for a wrong name, a wrong password and an account that is closed. */
function signInError(error: unknown): unknown {
  if (isApiError(error, 401)) return new Error("User name or password is wrong.");
  if (isApiError(error, 429)) {
    const wait = error.retryAfter ? `Wait ${formatDuration(error.retryAfter)}` : "Wait a moment";
    return new Error(`Too many attempts. ${wait}, then try again.`);
  }
  return error;
}

export function LoginForm({ onSignedIn }: { onSignedIn: (me: Me, password: string) => void }) {
  const form = useForm<Credentials>({ defaultValues: { username: "", password: "" } });
  const signIn = useSignIn();
  const { errors } = form.formState;
  const submit = form.handleSubmit((values) => {
    signIn.mutate(values, {
      onSuccess: (me) => onSignedIn(me, values.password),
      onError: () => form.setFocus("password", { shouldSelect: true }),
    });
  });
  return (
    <form onSubmit={(event) => void submit(event)} noValidate className="space-y-4">
      <Field label="User name" error={errors.username?.message}>
        {(control) => (
          <Input {...control} {...form.register("username", { required: "Enter your user name." })} autoComplete="username" autoCapitalize="none" />
        )}
      </Field>
      <Field label="Password" error={errors.password?.message}>
        {(control) => (
          <Input {...control} type="password" {...form.register("password", { required: "Enter your password." })} autoComplete="current-password" />
        )}
      </Field>
      <InlineError error={signIn.error ? signInError(signIn.error) : null} />
      <Button type="submit" variant="primary" pending={signIn.isPending} className="w-full justify-center">
        {signIn.isPending ? "Signing in…" : "Sign in"}
      </Button>
    </form>
  );
}
