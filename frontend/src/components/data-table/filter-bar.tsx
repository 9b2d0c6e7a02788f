import type { ReactNode } from "react";
import { useEffect, useState } from "react";
import { Search } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { useDebounced } from "@/hooks/use-debounced";

/** The row of filters over a table. */
export function FilterBar({ children, onClear }: { children: ReactNode; onClear?: () => void }) {
  return (
    <div role="search" className="flex flex-wrap items-end gap-2 border-b px-3 py-2">
      {children}
      {onClear && (
        <Button variant="ghost" onClick={onClear}>
          Clear filters
        </Button>
      )}
    </div>
  );
}

interface SearchFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
}

/** A search field that reports once typing pauses; `/` focuses it. */
export function SearchField({ label, value, onChange, placeholder }: SearchFieldProps) {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  const settled = useDebounced(text, 250);
  // The address changed from outside (Back, "Clear filters"): show what it says.
  if (value !== known) {
    setKnown(value);
    setText(value);
  }
  useEffect(() => {
    if (settled !== value && settled === text) onChange(settled);
    // Only a pause in typing reports; the other values are read as they are then.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [settled]);
  return (
    <label className="relative block w-64 max-w-full">
      <span className="sr-only">{label}</span>
      <Search aria-hidden className="pointer-events-none absolute top-2 left-2 size-3.5 text-muted" />
      <Input type="search" data-search value={text} placeholder={placeholder ?? label} onChange={(event) => setText(event.target.value)} className="pl-7" />
    </label>
  );
}
