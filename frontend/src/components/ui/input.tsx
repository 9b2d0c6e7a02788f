import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

/** The shared box of every text-like control. */
export const controlClasses =
  "w-full rounded-md border border-line-strong/70 bg-surface px-2.5 text-sm text-fg transition-colors " +
  "hover:not-disabled:border-line-strong focus-visible:border-focus aria-invalid:border-danger " +
  "disabled:cursor-not-allowed disabled:bg-sunken disabled:text-muted";

export function Input({ className, ...props }: ComponentProps<"input">) {
  return <input autoComplete="off" spellCheck={false} className={cn(controlClasses, "h-7.5", className)} {...props} />;
}

export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return <textarea rows={4} className={cn(controlClasses, "min-h-16 resize-y py-1.5", className)} {...props} />;
}
