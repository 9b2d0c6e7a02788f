import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const TONES = {
  neutral: "bg-hover text-muted",
  accent: "bg-accent-soft text-link",
  ok: "bg-ok-soft text-ok",
  warn: "bg-warn-soft text-warn",
  danger: "bg-danger-soft text-danger",
  red: "bg-red-team-soft text-red-team",
  blue: "bg-blue-team-soft text-blue-team",
};

export type BadgeTone = keyof typeof TONES;

/** A short word about a thing. The tones red and blue belong to the two teams and to nothing else. */
export function Badge({ tone = "neutral", className, ...props }: ComponentProps<"span"> & { tone?: BadgeTone }) {
  return (
    <span
      className={cn("inline-flex h-5 items-center gap-1 rounded-sm px-1.5 text-xs whitespace-nowrap", TONES[tone], className)}
      {...props}
    />
  );
}
