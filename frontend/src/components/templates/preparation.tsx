import type { Template } from "@/api/templates";
import { CodeBlock } from "@/components/ui/code-block";
import { fillIn } from "@/lib/fill-in";

interface PreparationProps {
  template: Pick<Template, "dependencies">;
  values?: Readonly<Record<string, string>>;
}

/** What has to be there before the command runs: how to see that it is, and how to get it. */
export function Prerequisites({ template, values = {} }: PreparationProps) {
  return (
    <ol className="space-y-3">
      {template.dependencies.map((item, index) => (
        <li key={index} className="space-y-1.5 text-sm">
          <p>
            {fillIn(item.description ?? "", values)}
            {item.executor && <span className="text-xs text-muted"> · {item.executor}</span>}
          </p>
          {item.prereq_command && <Step label="Check" name={`check ${String(index + 1)}`} text={fillIn(item.prereq_command, values)} />}
          {item.get_prereq_command && <Step label="Get it" name={`command that gets prerequisite ${String(index + 1)}`} text={fillIn(item.get_prereq_command, values)} />}
        </li>
      ))}
    </ol>
  );
}

function Step({ label, name, text }: { label: string; name: string; text: string }) {
  return (
    <div>
      <p className="mb-0.5 text-xs text-muted">{label}</p>
      <CodeBlock value={text.trimEnd()} label={name} />
    </div>
  );
}
