import type { ComponentProps } from "react";
import { Slot } from "radix-ui";
import { cn } from "@/lib/cn";

export type ButtonVariant = "primary" | "secondary" | "ghost" | "danger";

const VARIANTS: Record<ButtonVariant, string> = {
  primary: "bg-accent text-accent-fg hover:not-disabled:bg-accent-hover border-transparent font-medium",
  secondary: "bg-surface text-fg border-line-strong/60 hover:not-disabled:bg-hover",
  ghost: "bg-transparent text-muted border-transparent hover:not-disabled:bg-hover hover:not-disabled:text-fg",
  danger: "bg-danger text-danger-fg hover:not-disabled:bg-danger-hover border-transparent font-medium",
};
const SIZES = { sm: "h-6 px-2 text-xs gap-1", md: "h-7.5 px-3 text-sm gap-1.5", icon: "size-7.5 justify-center" };

export interface ButtonProps extends ComponentProps<"button"> {
  variant?: ButtonVariant;
  size?: keyof typeof SIZES;
  /** Renders the only child (a link, say) with the look of a button. */
  asChild?: boolean;
  /** Disables it and says so to assistive technology while the action runs. */
  pending?: boolean;
}

export function Button({ variant = "secondary", size = "md", asChild, pending, className, ...props }: ButtonProps) {
  const classes = cn(
    "inline-flex shrink-0 items-center rounded-md border whitespace-nowrap select-none transition-colors",
    "disabled:cursor-not-allowed disabled:opacity-55",
    VARIANTS[variant],
    SIZES[size],
    className,
  );
  if (asChild) return <Slot.Root className={classes} {...props} />;
  return <button type="button" className={classes} {...props} disabled={pending || props.disabled} aria-busy={pending || undefined} />;
}
