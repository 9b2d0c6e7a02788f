import { useNavigate } from "react-router";
import { useMe } from "@/api/me";
import { Card } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { toast } from "@/components/ui/toast";
import { RoleTag } from "@/components/status/role-tag";
import { ChangePasswordForm } from "@/features/auth/components/change-password-form";
import { DeputyCard } from "@/features/profile/components/deputy-card";
import { SessionsCard } from "@/features/profile/components/sessions-card";
import { ThemeCard } from "@/features/profile/components/theme-card";
import { TokensCard } from "@/features/profile/components/tokens-card";

export function Component() {
  const me = useMe();
  const navigate = useNavigate();
  return (
    <>
      <PageHeader
        title="Profile"
        meta={
          <span className="flex items-center gap-3 text-sm text-muted">
            <span className="font-mono">{me.username}</span>
            <RoleTag role={me.role} />
          </span>
        }
      />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="min-w-0 space-y-4">
          <SessionsCard />
          <TokensCard />
        </div>
        <div className="min-w-0 space-y-4">
          <Card title="Password" description="Changing it ends your other sessions; access tokens stay.">
            <ChangePasswordForm
              onChanged={(kept) => {
                if (kept) toast("Your password is changed.");
                else void navigate("/login?notice=changed", { replace: true });
              }}
            />
          </Card>
          {(me.role === "red_lead" || me.role === "blue_lead") && <DeputyCard />}
          <ThemeCard />
        </div>
      </div>
    </>
  );
}
