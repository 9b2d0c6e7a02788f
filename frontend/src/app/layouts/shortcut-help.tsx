import { Dialog } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { useNavPages } from "@/app/layouts/use-shortcuts";

const GENERAL: [string[], string][] = [
  [["Ctrl", "K"], "Search and commands (⌘ K on a Mac)"],
  [["/"], "Go to the search field"],
  [["j"], "Next row of a list"],
  [["k"], "Row before"],
  [["Enter"], "Open the row"],
  [["Esc"], "Close what is open"],
  [["?"], "This list"],
];

function Row({ keys, text }: { keys: string[]; text: string }) {
  return (
    <div className="flex h-7 items-center justify-between gap-4">
      <dt>{text}</dt>
      <dd className="flex gap-1">
        {keys.map((key) => (
          <Kbd key={key}>{key}</Kbd>
        ))}
      </dd>
    </div>
  );
}

export function ShortcutHelp({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const pages = useNavPages();
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keyboard shortcuts">
      <dl className="text-sm">
        {GENERAL.map(([keys, text]) => (
          <Row key={text} keys={keys} text={text} />
        ))}
      </dl>
      <h3 className="label-caps mt-4 mb-1">Go to</h3>
      <dl className="text-sm">
        {pages.map((page) => (
          <Row key={page.path} keys={["g", page.nav?.key ?? ""]} text={page.title} />
        ))}
      </dl>
    </Dialog>
  );
}
