import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { useQueryClient } from "@tanstack/react-query";
import { meKey, type Me } from "@/api/me";
import { safeReturnPath } from "@/app/guard";
import { AuthLayout } from "@/features/auth/components/auth-layout";
import { ChangePasswordForm } from "@/features/auth/components/change-password-form";
import { LoginForm } from "@/features/auth/components/login-form";

const NOTICES: Record<string, string> = {
  changed: "Your password is set. Sign in with it.",
};

export function Component() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const [me, setMe] = useState(() => client.getQueryData<Me>(meKey));
  const [password, setPassword] = useState<string>();

  function enter() {
    void navigate(safeReturnPath(params.get("next")), { replace: true });
  }
  if (me?.must_change_password) {
    return (
      <AuthLayout title="Choose a new password" lead="The one you signed in with was given to you by somebody else, and opens nothing further.">
        <ChangePasswordForm
          currentPassword={password}
          onChanged={(kept) => {
            setMe(undefined);
            client.clear();
            if (kept) enter();
            else void navigate("/login?notice=changed", { replace: true });
          }}
        />
      </AuthLayout>
    );
  }
  return (
    <AuthLayout title="Sign in" lead={NOTICES[params.get("notice") ?? ""]}>
      <LoginForm
        onSignedIn={(person, typed) => {
          if (!person.must_change_password) {
            enter();
            return;
          }
          setPassword(typed);
          setMe(person);
        }}
      />
    </AuthLayout>
  );
}
