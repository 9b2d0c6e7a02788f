import { useState } from "react";
import { useForm } from "react-hook-form";
import type { FieldError } from "@/api/errors";
import type { Tool } from "@/api/organisation";
import { Field } from "@/components/form/field";
import { placeErrors } from "@/components/form/place-errors";
import { Refusal } from "@/components/form/refusal";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { useCreateTool, useUpdateTool } from "@/features/organisation/api";
import { KIND_OPTIONS, kindOf, type ToolKind } from "@/features/organisation/lib/kinds";

interface ToolForm {
  name: string;
  kind: ToolKind;
  vendor: string;
  version: string;
  is_active: boolean;
}

interface ToolDialogProps {
  /** What is changed; a new tool without one. */
  tool: Tool | undefined;
  onClose: () => void;
}

/** Mount it when it is wanted. */
export function ToolDialog({ tool, onClose }: ToolDialogProps) {
  const form = useForm<ToolForm>({
    defaultValues: tool ? { ...tool, kind: kindOf(tool.kind) } : { name: "", kind: "", vendor: "", version: "", is_active: true },
  });
  const create = useCreateTool();
  const update = useUpdateTool();
  const [failure, setFailure] = useState<{ error: unknown; left: readonly FieldError[] } | null>(null);
  const { errors } = form.formState;
  const submit = form.handleSubmit(async ({ name, kind, vendor, version, is_active }) => {
    const body = { name: name.trim(), kind, vendor: vendor.trim(), version: version.trim() };
    try {
      const saved = tool ? await update.mutateAsync({ id: tool.id, body: { ...body, is_active } }) : await create.mutateAsync(body);
      toast(tool ? `${saved.name} is changed.` : `${saved.name} is added.`);
      onClose();
    } catch (error) {
      setFailure({ error, left: placeErrors(form, error) });
    }
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={tool ? tool.name : "New security tool"}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={create.isPending || update.isPending} onClick={() => void submit()}>
            {tool ? "Save" : "Add tool"}
          </Button>
        </>
      }
    >
      <form noValidate onSubmit={(event) => void submit(event)} className="space-y-4">
        <Field label="Name" required hint="As your people call it." error={errors.name?.message}>
          {(control) => <Input {...control} {...form.register("name", { validate: (value) => value.trim() !== "" || "Give it a name." })} />}
        </Field>
        <Field label="Kind" error={errors.kind?.message}>
          {(control) => <Select {...control} {...form.register("kind")} placeholder="Not said" options={KIND_OPTIONS} />}
        </Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Vendor" error={errors.vendor?.message}>
            {(control) => <Input {...control} {...form.register("vendor")} />}
          </Field>
          <Field label="Version" error={errors.version?.message}>
            {(control) => <Input {...control} {...form.register("version")} />}
          </Field>
        </div>
        {tool && <Checkbox label="In use" hint="Out of use it is no longer offered; what it saw stays on record." {...form.register("is_active")} />}
        <Refusal error={failure?.error} left={failure?.left} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
