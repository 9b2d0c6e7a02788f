import { useId, useRef, useState, type ReactNode } from "react";
import { Popover } from "radix-ui";
import { X } from "lucide-react";
import { errorText } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { controlClasses } from "@/components/ui/input";

export interface ComboboxOption {
  value: string;
  label: string;
  /** Second line or trailing facts. */
  detail?: ReactNode;
}

interface ComboboxProps {
  id?: string;
  label: string;
  options: readonly ComboboxOption[];
  /** The chosen option, or null. */
  value: ComboboxOption | null;
  onChange: (option: ComboboxOption | null) => void;
  /** What is typed; the owner searches (debounced) and hands in the options. */
  query: string;
  onQueryChange: (query: string) => void;
  loading?: boolean;
  placeholder?: string;
  emptyText?: string;
  /** Why the search failed: said in place of "nothing found". */
  error?: unknown;
  onRetry?: () => void;
  disabled?: boolean;
  invalid?: boolean;
  describedBy?: string;
}

/** A text field with a list of matches that the owner fetches; arrows, Enter, Escape. */
export function Combobox(props: ComboboxProps) {
  const { options, value, query, loading, emptyText = "Nothing found." } = props;
  const fallbackId = useId();
  const inputId = props.id ?? fallbackId;
  const listId = `${inputId}-list`;
  const input = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const at = Math.min(active, options.length - 1);

  function choose(option: ComboboxOption | null) {
    props.onChange(option);
    props.onQueryChange("");
    setOpen(false);
  }
  function onKeyDown(event: React.KeyboardEvent) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) setOpen(true);
      else setActive((at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % Math.max(options.length, 1));
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      const option = options[at];
      if (option) choose(option);
    } else if (event.key === "Escape" && open) {
      event.stopPropagation();
      setOpen(false);
    }
  }

  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Anchor asChild>
        <span className="relative block">
          <input
            ref={input}
            id={inputId}
            role="combobox"
            aria-label={props.label}
            aria-expanded={open}
            aria-controls={open && options.length > 0 ? listId : undefined}
            aria-autocomplete="list"
            aria-activedescendant={open && options[at] ? `${listId}-${at}` : undefined}
            aria-invalid={props.invalid || undefined}
            aria-describedby={props.describedBy}
            autoComplete="off"
            spellCheck={false}
            disabled={props.disabled}
            placeholder={props.placeholder}
            className={cn(controlClasses, "h-7.5 pr-7")}
            value={open ? query : (value?.label ?? query)}
            onFocus={() => setActive(0)}
            onClick={() => setOpen(true)}
            onChange={(event) => {
              props.onQueryChange(event.target.value);
              setActive(0);
              setOpen(true);
            }}
            onKeyDown={onKeyDown}
          />
          {value && !props.disabled && (
            <button
              type="button"
              aria-label={`Clear ${props.label}`}
              onClick={() => {
                choose(null);
                input.current?.focus();
              }}
              className="absolute top-0.5 right-0.5 inline-flex size-6.5 items-center justify-center rounded-sm text-faint hover:text-fg"
            >
              <X aria-hidden className="size-3.5" />
            </button>
          )}
        </span>
      </Popover.Anchor>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={4}
          aria-label={`${props.label}: matches`}
          onOpenAutoFocus={(event) => event.preventDefault()}
          onInteractOutside={(event) => {
            if (event.target === input.current) event.preventDefault();
          }}
          className="z-50 max-h-72 w-(--radix-popover-trigger-width) min-w-56 overflow-y-auto rounded-md border border-line-strong/50 bg-raised p-1"
        >
          {options.length > 0 && <ul id={listId} role="listbox" aria-label={props.label}>
            {options.map((option, index) => (
              // Keys are handled by the field, which keeps the focus: the listbox pattern of ARIA.
              <li
                key={option.value}
                id={`${listId}-${index}`}
                role="option"
                aria-selected={index === at}
                onPointerMove={() => setActive(index)}
                onPointerDown={(event) => event.preventDefault()}
                onClick={() => choose(option)}
                className={cn("rounded-sm px-2 py-1 text-sm", index === at && "bg-hover")}
              >
                <span className="block truncate">{option.label}</span>
                {option.detail && <span className="block truncate text-xs text-muted">{option.detail}</span>}
              </li>
            ))}
          </ul>}
          {options.length === 0 && (loading || !props.error) && (
            <p role="status" className="px-2 py-1.5 text-sm text-muted">
              {loading ? "Searching…" : emptyText}
            </p>
          )}
          {options.length === 0 && !loading && Boolean(props.error) && (
            <div role="alert" className="flex items-start justify-between gap-3 px-2 py-1.5 text-sm">
              <span className="min-w-0 break-words text-danger">The search failed. {errorText(props.error)}</span>
              {props.onRetry && (
                <Button size="sm" onPointerDown={(event) => event.preventDefault()} onClick={props.onRetry}>
                  Try again
                </Button>
              )}
            </div>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
