import type { Template } from "@/api/templates";
import { humanise } from "@/lib/format";
import { compareLines, showHidden, type ComparedLine } from "@/features/catalog/lib/compare-lines";

type Change = Template["held_changes"][number];

const FIELDS: Record<string, string> = { procedure: "Command", elevation_required: "Elevated rights", dependencies: "Prerequisites" };

interface SideProps {
  field: string;
  title: string;
  lines: readonly ComparedLine[];
  /** Which of the two it is: what goes, or what comes. */
  old?: boolean;
}

function Side({ field, title, lines, old }: SideProps) {
  const Mark = old ? "del" : "ins";
  const look = old ? "bg-danger-soft" : "bg-ok-soft";
  const empty = lines.every((line) => line.text === "");
  return (
    <div className="min-w-0">
      <p className="mb-1 text-xs text-muted">{title}</p>
      <pre tabIndex={0} aria-label={`${field}, ${title.toLowerCase()}`} className="max-h-96 overflow-auto rounded-md border bg-sunken py-2 font-mono text-xs break-words whitespace-pre-wrap">
        {empty ? (
          <span className="px-3 font-sans text-muted">Nothing</span>
        ) : (
          lines.map(({ text, changed }, index) =>
            changed ? (
              <Mark key={index} className={`block pr-3 pl-[calc(0.75rem+2ch)] -indent-[2ch] no-underline ${look}`}>
                {old ? "− " : "+ "}
                {showHidden(text)}
              </Mark>
            ) : (
              <span key={index} className="block pr-3 pl-[calc(0.75rem+2ch)]">
                {showHidden(text) || " "}
              </span>
            ),
          )
        )}
      </pre>
    </div>
  );
}

/** One part of a held template, as it was and as it is now, with the lines marked that differ. */
export function HeldChange({ change }: { change: Change }) {
  const field = FIELDS[change.field] ?? humanise(change.field);
  const sides = compareLines(change.before, change.after);
  return (
    <section aria-label={field} className="space-y-1.5 px-4 py-3">
      <h3 className="text-sm font-medium">{field}</h3>
      <div className="grid gap-3 md:grid-cols-2">
        <Side field={field} title="When last used or released" lines={sides.before} old />
        <Side field={field} title="As the publisher has it now" lines={sides.after} />
      </div>
    </section>
  );
}
