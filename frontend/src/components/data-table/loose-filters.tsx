import { X } from "lucide-react";
import { Button } from "@/components/ui/button";

interface LooseFiltersProps {
  items: readonly { label: string; drop: () => void }[];
}

/** Filters that came with a link and have no control of their own, to be seen and taken away. */
export function LooseFilters({ items }: LooseFiltersProps) {
  if (items.length === 0) return null;
  return (
    <ul aria-label="Further filters" className="flex flex-wrap gap-1.5 border-b px-3 py-1.5">
      {items.map(({ label, drop }) => (
        <li key={label}>
          <Button size="sm" aria-label={`Remove the filter ${label}`} onClick={drop}>
            {label}
            <X aria-hidden className="size-3" />
          </Button>
        </li>
      ))}
    </ul>
  );
}
