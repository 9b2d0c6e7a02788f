import type { ComponentProps } from "react";
import { ChevronDown } from "lucide-react";
import { cn } from "@/lib/cn";
import { controlClasses } from "@/components/ui/input";

export interface Option {
  value: string;
  label: string;
}

interface SelectProps extends ComponentProps<"select"> {
  options: readonly Option[];
  /** Shown first with an empty value, for "any" or "choose". */
  placeholder?: string;
}

/** A native select: the platform's own keyboard, touch and screen-reader behaviour. */
export function Select({ options, placeholder, className, ...props }: SelectProps) {
  return (
    <span className={cn("relative inline-flex w-full", className)}>
      <select className={cn(controlClasses, "h-7.5 appearance-none truncate pr-7")} {...props}>
        {placeholder !== undefined && <option value="">{placeholder}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden className="pointer-events-none absolute top-2 right-2 size-3.5 text-muted" />
    </span>
  );
}
