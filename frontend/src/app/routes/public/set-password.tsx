import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { AuthLayout } from "@/features/auth/components/auth-layout";
import { RedeemForm } from "@/features/auth/components/redeem-form";

/** The token stands behind the # and so never reaches a server log; it is taken out of the address at once. */
function takeToken(): string {
  const token = decodeURIComponent(window.location.hash.slice(1));
  if (token) window.history.replaceState(window.history.state, "", window.location.pathname);
  return token;
}

export function Component() {
  const navigate = useNavigate();
  const [token] = useState(takeToken);
  if (!token) {
    return (
      <AuthLayout title="This link is incomplete" lead="Open the whole link that you were given, or ask an administrator for a new one.">
        <Link to="/login" className="link">
          Go to sign-in
        </Link>
      </AuthLayout>
    );
  }
  return (
    <AuthLayout title="Set your password" lead="The link works once.">
      <RedeemForm token={token} onDone={() => void navigate("/login?notice=changed", { replace: true })} />
    </AuthLayout>
  );
}
