import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { Info, TriangleAlert } from "lucide-react";
import { systemStatusQuery } from "@/api/system";
import { useMe, type Permission } from "@/api/me";
import { cn } from "@/lib/cn";

const LOOKS = {
  info: { classes: "bg-accent-soft text-link", Icon: Info },
  warning: { classes: "bg-warn-soft text-warn", Icon: TriangleAlert },
  danger: { classes: "bg-danger-soft text-danger", Icon: TriangleAlert },
};

/** Where something can be done about a notice, for those who may. */
const REMEDIES: Record<string, { to: string; label: string; permission: Permission }> = {
  default_password: { to: "/profile", label: "Open your profile", permission: "user:manage" },
  no_attack: { to: "/system/mitre-sync", label: "Open MITRE Sync", permission: "content:manage" },
  attack_summary: { to: "/system/mitre-sync", label: "Open MITRE Sync", permission: "content:manage" },
  attack_outdated: { to: "/system/mitre-sync", label: "Open MITRE Sync", permission: "content:manage" },
};

/** What the server says everybody should know: default password, demo data, short or outdated ATT&CK. */
export function Banners() {
  const { data } = useQuery(systemStatusQuery());
  const { permissions } = useMe();
  if (!data || data.banners.length === 0) return null;
  return (
    <div role="region" aria-label="Notices" data-print="hide" className="flex shrink-0 flex-wrap border-b">
      {data.banners.map((banner) => {
        const { Icon, classes } = LOOKS[banner.level];
        const remedy = REMEDIES[banner.code];
        return (
          <p key={banner.code} className={cn("flex min-h-6 grow items-center gap-2 px-4 py-0.5 text-xs md:px-6", classes)}>
            <Icon aria-hidden className="size-3.5 shrink-0" />
            <span>{banner.message}</span>
            {remedy && permissions.includes(remedy.permission) && (
              <Link to={remedy.to} className="shrink-0 font-medium underline underline-offset-2">
                {remedy.label}
              </Link>
            )}
          </p>
        );
      })}
    </div>
  );
}
