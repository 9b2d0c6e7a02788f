import { useState } from "react";
import { useForm } from "react-hook-form";
import { isApiError, type FieldError } from "@/api/errors";
import type { RuleDetail } from "@/api/rules";
import { Field } from "@/components/form/field";
import { placeErrors } from "@/components/form/place-errors";
import { Refusal } from "@/components/form/refusal";
import { TechniqueList } from "@/components/pickers/technique-list";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { useCreateRule, useUpdateRule, type RuleCreate } from "@/features/detection-rules/api";
import { LEVELS, optionsOf, pick, type RuleLevel } from "@/features/detection-rules/lib/words";

interface RuleForm {
  name: string;
  description: string;
  level: RuleLevel | "";
  language: string;
  platforms: string;
  source_text: string;
  techniques: string[];
}

const EMPTY: RuleForm = { name: "", description: "", level: "", language: "sigma", platforms: "", source_text: "", techniques: [] };

function fromRule(rule: RuleDetail): RuleForm {
  const { name, description, language, platforms, source_text, technique_links: links } = rule;
  const techniques = [...new Set(links.map((link) => link.technique ?? link.attack_id))];
  return { name, description, level: pick(LEVELS, rule.level ? [rule.level] : [])[0] ?? "", language: language ?? "sigma", platforms: platforms.join(", "), source_text, techniques };
}

function toBody({ level, platforms, ...form }: RuleForm): RuleCreate {
  const names = platforms.split(",").map((name) => name.trim());
  return { ...form, name: form.name.trim(), language: form.language.trim().toLowerCase(), level: level || null, platforms: names.filter(Boolean) };
}

interface RuleDialogProps {
  /** A rule of our own to change; without one a new rule is written. */
  rule?: RuleDetail;
  onClose: () => void;
  onSaved?: (rule: RuleDetail) => void;
}

/** A rule of our own. Mount it when it is wanted. */
export function RuleDialog({ rule, onClose, onSaved }: RuleDialogProps) {
  const form = useForm<RuleForm>({ defaultValues: rule ? fromRule(rule) : EMPTY });
  const create = useCreateRule();
  const update = useUpdateRule(rule?.id ?? "");
  const [failure, setFailure] = useState<{ error: unknown; left: readonly FieldError[] } | null>(null);
  const [techniques, setTechniques] = useState(form.getValues("techniques"));
  const { errors } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    const body = toBody({ ...values, techniques });
    try {
      const saved = rule ? await update.mutateAsync({ ...body, version: rule.version }) : await create.mutateAsync(body);
      toast(rule ? `${saved.name} is changed.` : `${saved.name} is in the catalogue.`);
      onClose();
      onSaved?.(saved);
    } catch (error) {
      setFailure({ error, left: placeErrors(form, error, (field) => field.replace(/^(techniques|platforms)\..*/, "$1")) });
    }
  });
  const stale = isApiError(failure?.error, 409);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      variant="wide"
      title={rule ? `Change ${rule.name}` : "New detection rule"}
      description="A rule of our own. Sigma rules can be converted to the languages of SIEMs."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={create.isPending || update.isPending} disabled={stale} onClick={() => void submit()}>
            {rule ? "Save" : "Create rule"}
          </Button>
        </>
      }
    >
      <form noValidate onSubmit={(event) => void submit(event)} className="space-y-4">
        <Field label="Name" required error={errors.name?.message}>
          {(control) => <Input {...control} {...form.register("name", { validate: (value) => value.trim() !== "" || "Give it a name." })} />}
        </Field>
        <div className="grid gap-4 sm:grid-cols-3">
          <Field label="Level" error={errors.level?.message}>
            {(control) => <Select {...control} {...form.register("level")} placeholder="None" options={optionsOf(LEVELS)} />}
          </Field>
          <Field label="Language" hint="sigma, kql, spl, eql …" error={errors.language?.message}>
            {(control) => <Input {...control} {...form.register("language")} autoCapitalize="none" />}
          </Field>
          <Field label="Platforms" hint="Windows, Linux …, with commas." error={errors.platforms?.message}>
            {(control) => <Input {...control} {...form.register("platforms")} />}
          </Field>
        </div>
        <TechniqueList label="Techniques" value={techniques} onChange={setTechniques} error={errors.techniques?.message} />
        <Field label="Description" error={errors.description?.message}>
          {(control) => <Textarea {...control} rows={2} {...form.register("description")} />}
        </Field>
        <Field label="Rule" required hint="The whole text as it would be published." error={errors.source_text?.message}>
          {(control) => (
            <Textarea
              {...control}
              rows={14}
              spellCheck={false}
              className="font-mono text-xs"
              {...form.register("source_text", { validate: (value) => value.trim() !== "" || "Write or paste the rule." })}
            />
          )}
        </Field>
        <Refusal error={failure?.error} left={failure?.left} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
