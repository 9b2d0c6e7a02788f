import { useRef, useState, type ReactNode } from "react";
import { DropdownMenu } from "radix-ui";
import { cn } from "@/lib/cn";

interface MenuProps {
  /** A Button (or other focusable element) that opens the menu. */
  trigger: ReactNode;
  children: ReactNode;
  align?: "start" | "center" | "end";
  className?: string;
}

const panel = "z-50 min-w-44 rounded-md border border-line-strong/50 bg-raised p-1 animate-in";
const row =
  "flex min-h-7 items-center gap-2 rounded-sm px-2 text-sm outline-none select-none data-[highlighted]:bg-hover data-[disabled]:opacity-50";

// Not modal: the modal form locks scrolling through an injected style element, which the content policy refuses.
export function Menu({ trigger, children, align = "end", className }: MenuProps) {
  const button = useRef<HTMLButtonElement>(null);
  // Opened inside the landmark (or dialog) of its button, so that assistive technology finds it where it belongs.
  const [landmark, setLandmark] = useState<HTMLElement | null>(null);
  return (
    <DropdownMenu.Root
      modal={false}
      onOpenChange={(open) => {
        if (open) setLandmark(button.current?.closest<HTMLElement>("main, header, [role=dialog]") ?? null);
      }}
    >
      <DropdownMenu.Trigger asChild ref={button}>
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={landmark}>
        <DropdownMenu.Content align={align} sideOffset={4} collisionPadding={8} className={cn(panel, className)}>
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface MenuItemProps {
  children: ReactNode;
  onSelect?: () => void;
  danger?: boolean;
  disabled?: boolean;
  /** The child is a link: it takes the look of the row. */
  asChild?: boolean;
}

export function MenuItem({ children, onSelect, danger, disabled, asChild }: MenuItemProps) {
  return (
    <DropdownMenu.Item asChild={asChild} disabled={disabled} onSelect={onSelect} className={cn(row, danger && "text-danger")}>
      {children}
    </DropdownMenu.Item>
  );
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className="my-1 h-px bg-line" />;
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="px-2 py-1 text-xs text-muted">{children}</DropdownMenu.Label>;
}

interface MenuRadioProps {
  label: string;
  value: string;
  onValueChange: (value: string) => void;
  options: readonly { value: string; label: string }[];
}

export function MenuRadioGroup({ label, value, onValueChange, options }: MenuRadioProps) {
  return (
    <DropdownMenu.RadioGroup aria-label={label} value={value} onValueChange={onValueChange}>
      {options.map((option) => (
        <DropdownMenu.RadioItem key={option.value} value={option.value} className={row} onSelect={(event) => event.preventDefault()}>
          <span aria-hidden className="w-3 text-accent">
            {option.value === value ? "●" : ""}
          </span>
          {option.label}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}
