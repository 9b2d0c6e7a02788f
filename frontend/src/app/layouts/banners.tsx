import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { Info, TriangleAlert } from "lucide-react";
import { systemStatusQuery } from "@/api/system";
import { useCan } from "@/api/me";
import { cn } from "@/lib/cn";

interface Notice {
  id: string;
  text: string;
  warn: boolean;
  link?: { to: string; label: string };
}

function useNotices(): Notice[] {
  const { data } = useQuery(systemStatusQuery());
  const canManage = useCan("system:manage");
  if (!data) return [];
  const sync = canManage ? { to: "/system/mitre-sync", label: "Open MITRE Sync" } : undefined;
  const notices: (Notice | false)[] = [
    data.default_password_in_use && {
      id: "password",
      warn: true,
      text: "The default administrator password is still in use.",
      link: canManage ? { to: "/profile", label: "Change it" } : undefined,
    },
    data.demo_data && { id: "demo", warn: false, text: "Demo data: the people, tests and results here are made up." },
    data.attack_summary_only && {
      id: "summary",
      warn: false,
      text: "ATT&CK is loaded from the bundled package, which holds short descriptions only.",
      link: sync,
    },
    data.attack_outdated && { id: "outdated", warn: true, text: `ATT&CK ${data.attack_version ?? ""} is outdated: a newer release is out.`, link: sync },
  ];
  return notices.filter((notice): notice is Notice => notice !== false);
}

export function Banners() {
  const notices = useNotices();
  if (notices.length === 0) return null;
  return (
    <div role="region" aria-label="Notices" data-print="hide" className="shrink-0">
      {notices.map((notice) => {
        const Icon = notice.warn ? TriangleAlert : Info;
        return (
          <p
            key={notice.id}
            className={cn("flex items-center gap-2 border-b px-4 py-1 text-xs md:px-6", notice.warn ? "bg-warn-soft text-warn" : "bg-accent-soft text-link")}
          >
            <Icon aria-hidden className="size-3.5 shrink-0" />
            <span>{notice.text}</span>
            {notice.link && (
              <Link to={notice.link.to} className="font-medium underline underline-offset-2">
                {notice.link.label}
              </Link>
            )}
          </p>
        );
      })}
    </div>
  );
}
