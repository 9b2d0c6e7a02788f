import type { UseFormReturn } from "react-hook-form";
import type { Template } from "@/api/templates";
import { Field } from "@/components/form/field";
import { CommandExport } from "@/components/templates/command-export";
import { Prerequisites } from "@/components/templates/preparation";
import { CodeBlock } from "@/components/ui/code-block";
import { Input } from "@/components/ui/input";
import { fillIn } from "@/lib/fill-in";
import type { NewTestValues } from "@/features/security-tests/lib/new-test";

interface FilledProps {
  template: Template;
  values: Readonly<Record<string, string>>;
}

/** One field for each input of the template, with its type, its description and its usual value; the command follows. */
export function TemplateCommandSide({ form, template, values }: FilledProps & { form: UseFormReturn<NewTestValues> }) {
  const errors = form.formState.errors.inputs;
  const command = fillIn(template.procedure, values).trimEnd();
  const facts = [template.executor && `Runs in ${template.executor}`, template.elevation_required && "needs elevated rights"].filter(Boolean).join(", ");
  return (
    <>
      {template.inputs.map((input, index) => (
        <Field
          key={input.name}
          label={<span className="font-mono">{input.name}</span>}
          hint={[input.description, input.type].filter(Boolean).join(" · ")}
          error={errors?.[index]?.value?.message}
        >
          {(field) => <Input {...field} className="font-mono text-xs!" {...form.register(`inputs.${index}.value`)} />}
        </Field>
      ))}
      <div className="space-y-1.5">
        <p className="text-xs font-medium">
          Command with these inputs {facts && <span className="font-normal text-muted">{facts}</span>}
        </p>
        {command ? (
          <>
            <CodeBlock value={command} label="command with these inputs" />
            <CommandExport template={template} values={values} />
          </>
        ) : (
          <p className="text-sm text-muted">This template has no command.</p>
        )}
      </div>
    </>
  );
}

/** What has to be there before, and what to do after. */
export function TemplatePreparation({ template, values }: FilledProps) {
  const cleanup = fillIn(template.cleanup, values).trimEnd();
  return (
    <div className="mt-4 grid gap-4 border-t pt-4 lg:grid-cols-2">
      <div className="min-w-0">
        <h3 className="mb-1.5 text-xs font-medium">Prerequisites</h3>
        {template.dependencies.length > 0 ? <Prerequisites template={template} values={values} /> : <p className="text-sm text-muted">The template names none.</p>}
      </div>
      <div className="min-w-0">
        <h3 className="mb-1.5 text-xs font-medium">Cleanup</h3>
        {cleanup ? <CodeBlock value={cleanup} label="cleanup with these inputs" /> : <p className="text-sm text-muted">The template names none.</p>}
      </div>
    </div>
  );
}
