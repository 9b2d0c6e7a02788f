import { useState } from "react";
import { useNavigate } from "react-router";
import { Dialog as Radix } from "radix-ui";
import { Search } from "lucide-react";
import { usePaletteEntries, type PaletteEntry } from "@/app/layouts/use-palette-entries";
import { Kbd } from "@/components/ui/kbd";
import { cn } from "@/lib/cn";

interface CommandPaletteProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function CommandPalette({ open, onOpenChange }: CommandPaletteProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <div aria-hidden className="fixed inset-0 z-40 bg-scrim" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-50 flex max-h-[70vh] w-[min(36rem,calc(100vw-2rem))] -translate-x-1/2 flex-col rounded-lg border border-line-strong/50 bg-raised outline-none"
        >
          <Radix.Title className="sr-only">Search and commands</Radix.Title>
          {/* Mounted anew on each opening, so that it starts empty. */}
          <PaletteBody onClose={() => onOpenChange(false)} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function PaletteBody({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const { entries, searching } = usePaletteEntries(query);
  const at = Math.min(active, entries.length - 1);

  function run(entry: PaletteEntry) {
    onClose();
    if (entry.to) void navigate(entry.to);
    else entry.act?.();
  }
  function onKeyDown(event: React.KeyboardEvent) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const next = (at + step + entries.length) % Math.max(entries.length, 1);
      setActive(next);
      document.getElementById(`palette-${next}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      const entry = entries[at];
      if (entry) run(entry);
    }
  }
  return (
    <>
      <div className="flex h-11 shrink-0 items-center gap-2.5 border-b px-3.5">
        <Search aria-hidden className="size-4 text-muted" />
        <input
          role="combobox"
          aria-label="Search and commands"
          aria-expanded={entries.length > 0}
          aria-controls="palette-list"
          aria-activedescendant={entries.length > 0 ? `palette-${at}` : undefined}
          autoComplete="off"
          spellCheck={false}
          placeholder="Technique, test, page or action"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
          className="h-full min-w-0 flex-1 bg-transparent text-base outline-none"
        />
        <Kbd>Esc</Kbd>
      </div>
      <div className="min-h-0 overflow-y-auto p-1.5">
        {entries.length > 0 && (
          <ul id="palette-list" role="listbox" aria-label="Matches">
            {entries.map((entry, index) => (
              <li
                key={entry.id}
                id={`palette-${index}`}
                role="option"
                aria-selected={index === at}
                onPointerMove={() => setActive(index)}
                onClick={() => run(entry)}
                className={cn("flex h-8 items-center gap-3 rounded-md px-2 text-sm", index === at && "bg-selected")}
              >
                {entry.code && <span className="w-20 shrink-0 font-mono text-xs text-muted">{entry.code}</span>}
                <span className="min-w-0 flex-1 truncate">{entry.label}</span>
                <span className="text-xs text-muted">{entry.kind}</span>
              </li>
            ))}
          </ul>
        )}
        {entries.length === 0 && (
          <p role="status" className="px-2 py-3 text-sm text-muted">
            {searching ? "Searching…" : "Nothing matches."}
          </p>
        )}
      </div>
    </>
  );
}
