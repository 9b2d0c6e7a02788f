import { useMutation } from "@tanstack/react-query";
import { Download, ClipboardCopy } from "lucide-react";
import { saveBlob } from "@/api/save";
import { templateCommand } from "@/api/templates";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";

interface CommandExportProps {
  template: { id: string; inputs: readonly { name: string }[] };
  /** Values by name; those left out take their defaults. */
  values?: Readonly<Record<string, string>>;
}

/** The whole procedure as a script for its executor: to the clipboard, or as a file. */
export function CommandExport({ template, values = {} }: CommandExportProps) {
  const known = new Set(template.inputs.map((input) => input.name));
  const given = Object.fromEntries(Object.entries(values).filter(([name, value]) => known.has(name) && value !== ""));
  const fetched = useMutation({
    mutationFn: async (way: "copy" | "save") => {
      const command = await templateCommand(template.id, given);
      if (way === "save") saveBlob(new Blob([command.script], { type: "text/plain" }), command.filename);
      else await navigator.clipboard.writeText(command.script);
      return command;
    },
    onSuccess: (command, way) => {
      const waiting = command.missing.length > 0 ? ` Still to be filled in: ${command.missing.join(", ")}.` : "";
      toast(`${way === "copy" ? "The script is copied." : `${command.filename} is saved.`}${waiting}`);
    },
  });
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap gap-2">
        <Button size="sm" pending={fetched.isPending && fetched.variables === "copy"} onClick={() => fetched.mutate("copy")}>
          <ClipboardCopy aria-hidden className="size-3.5" />
          Copy script
        </Button>
        <Button size="sm" pending={fetched.isPending && fetched.variables === "save"} onClick={() => fetched.mutate("save")}>
          <Download aria-hidden className="size-3.5" />
          Download script
        </Button>
      </div>
      <InlineError error={fetched.error} />
    </div>
  );
}
