import type { ReactNode } from "react";
import { CircleAlert, Info } from "lucide-react";
import { cn } from "@/lib/cn";

interface NoticeProps {
  tone?: "info" | "warn" | "danger";
  title?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  /** Read out at once when it appears. */
  alert?: boolean;
}

const TONES = {
  info: "border-line bg-sunken text-fg",
  warn: "border-warn/40 bg-warn-soft text-fg",
  danger: "border-danger/40 bg-danger-soft text-fg",
};
const ICONS = { info: "text-muted", warn: "text-warn", danger: "text-danger" };

/** Something to know before going on, in place. */
export function Notice({ tone = "info", title, children, actions, alert }: NoticeProps) {
  const Icon = tone === "info" ? Info : CircleAlert;
  return (
    <div role={alert ? "alert" : undefined} className={cn("flex items-start gap-2 rounded-md border px-3 py-2 text-sm", TONES[tone])}>
      <Icon aria-hidden className={cn("mt-0.5 size-4 shrink-0", ICONS[tone])} />
      <div className="min-w-0 flex-1 space-y-1 break-words">
        {title && <p className="font-medium">{title}</p>}
        {children}
        {actions && <div className="flex flex-wrap gap-2 pt-1">{actions}</div>}
      </div>
    </div>
  );
}
