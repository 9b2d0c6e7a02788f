import { Popover } from "radix-ui";
import { ChevronDown } from "lucide-react";
import { Checkbox } from "@/components/ui/checkbox";
import type { Option } from "@/components/ui/select";
import { cn } from "@/lib/cn";

interface MultiSelectProps {
  label: string;
  options: readonly Option[];
  value: readonly string[];
  onChange: (value: string[]) => void;
  className?: string;
}

/** Several of a few options, for filters: a button that says what is chosen, checkboxes behind it. */
export function MultiSelect({ label, options, value, onChange, className }: MultiSelectProps) {
  const chosen = options.filter((option) => value.includes(option.value));
  const names = chosen.map((option) => option.label).join(", ");
  const said = chosen.length === 0 ? label : chosen.length > 2 ? `${label}: ${chosen.length}` : names;
  return (
    <Popover.Root>
      <Popover.Trigger
        // The words that are seen are part of the name: who speaks to the page says those.
        aria-label={chosen.length > 2 ? `${said}, ${names}` : `${label}: ${names || "any"}`}
        className={cn(
          "inline-flex h-7.5 items-center justify-between gap-2 rounded-md border border-line-strong/70 bg-surface px-2.5 text-sm hover:border-line-strong",
          chosen.length === 0 && "text-muted",
          className,
        )}
      >
        <span className="truncate">{said}</span>
        <ChevronDown aria-hidden className="size-3.5 shrink-0 text-muted" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          className="z-50 max-h-72 min-w-44 overflow-y-auto rounded-md border border-line-strong/50 bg-raised p-1 animate-in"
        >
          <fieldset>
            <legend className="sr-only">{label}</legend>
            {options.map((option) => (
              <Checkbox
                key={option.value}
                label={option.label}
                className="rounded-sm px-2 py-1 hover:bg-hover"
                checked={value.includes(option.value)}
                onChange={(event) =>
                  onChange(event.target.checked ? [...value, option.value] : value.filter((item) => item !== option.value))
                }
              />
            ))}
          </fieldset>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
