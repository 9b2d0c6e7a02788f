import type { ReactNode } from "react";
import { Tabs as Radix } from "radix-ui";

export interface TabItem {
  value: string;
  label: ReactNode;
  content: ReactNode;
}

interface TabsProps {
  label: string;
  items: readonly TabItem[];
  value?: string;
  onValueChange?: (value: string) => void;
}

/** Tabs of one page; controlled when the choice lives in the URL. */
export function Tabs({ label, items, value, onValueChange }: TabsProps) {
  return (
    <Radix.Root {...(value === undefined ? { defaultValue: items[0]?.value } : { value })} onValueChange={onValueChange}>
      <Radix.List aria-label={label} className="mb-3 flex gap-4 overflow-x-auto border-b">
        {items.map((item) => (
          <Radix.Trigger
            key={item.value}
            value={item.value}
            className="-mb-px h-8 border-b-2 border-transparent px-0.5 text-sm whitespace-nowrap text-muted hover:text-fg data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-fg"
          >
            {item.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {items.map((item) => (
        <Radix.Content key={item.value} value={item.value}>
          {item.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
