import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/form/field";
import { Input } from "@/components/ui/input";
import { BUILT_IN, type SavedView } from "@/features/security-tests/lib/views";
import { cn } from "@/lib/cn";

interface SavedViewsProps {
  views: readonly SavedView[];
  onSave: (view: SavedView) => void;
  onForget: (name: string) => void;
}

/** The address without its page, in one fixed order, so that two equal filters are one. */
function normal(query: string): string {
  const params = new URLSearchParams(query);
  params.delete("offset");
  params.sort();
  return params.toString();
}

function SaveDialog({ onClose, onSave }: { onClose: () => void; onSave: (name: string) => void }) {
  const [name, setName] = useState("");
  const save = () => {
    if (name.trim()) onSave(name.trim());
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Save this filter"
      description="Kept in this browser, for you. The address of the page works for everybody."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={!name.trim()} onClick={save}>
            Save
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Field label="Name">{(field) => <Input {...field} value={name} maxLength={40} onChange={(event) => setName(event.target.value)} />}</Field>
      </form>
    </Dialog>
  );
}

/** Filters under a name: ours first, then the person's own. */
export function SavedViews({ views, onSave, onForget }: SavedViewsProps) {
  const [params] = useSearchParams();
  const [naming, setNaming] = useState(false);
  const here = normal(params.toString());
  const all = [{ name: "All", query: "" }, ...BUILT_IN, ...views];
  const isKnown = all.some((view) => normal(view.query) === here);
  return (
    <nav aria-label="Saved filters" className="flex flex-wrap items-center gap-1 border-b px-3 py-1.5">
      {all.map((view) => {
        const current = normal(view.query) === here;
        const own = views.includes(view);
        return (
          <span key={view.name} className={cn("inline-flex items-center rounded-md", current ? "bg-selected font-medium" : "text-muted hover:bg-hover")}>
            <Link to={view.query ? `/tests?${view.query}` : "/tests"} aria-current={current ? "page" : undefined} className="rounded-md px-2 py-1 text-xs hover:text-fg">
              {view.name}
            </Link>
            {own && (
              <button type="button" aria-label={`Forget the filter ${view.name}`} onClick={() => onForget(view.name)} className="inline-flex size-6 items-center justify-center rounded-sm text-faint hover:text-fg">
                <X aria-hidden className="size-3" />
              </button>
            )}
          </span>
        );
      })}
      {!isKnown && (
        <Button size="sm" variant="ghost" onClick={() => setNaming(true)}>
          Save this filter
        </Button>
      )}
      {naming && (
        <SaveDialog
          onClose={() => setNaming(false)}
          onSave={(name) => {
            onSave({ name, query: normal(params.toString()) });
            setNaming(false);
          }}
        />
      )}
    </nav>
  );
}
