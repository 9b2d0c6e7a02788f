import { useState } from "react";
import { useNavigate } from "react-router";
import { useForm } from "react-hook-form";
import type { FieldError } from "@/api/errors";
import type { Finding } from "@/api/findings";
import { Field } from "@/components/form/field";
import { placeErrors } from "@/components/form/place-errors";
import { Refusal } from "@/components/form/refusal";
import { PersonPicker } from "@/components/pickers/person-picker";
import { Button } from "@/components/ui/button";
import type { ComboboxOption } from "@/components/ui/combobox";
import { Dialog } from "@/components/ui/dialog";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { useCreateFinding, type FindingCreate, type Severity } from "@/features/findings/api";
import { ResultsPicker } from "@/features/findings/components/results-picker";
import { CAUSES, options, SEVERITIES } from "@/features/findings/lib/words";

interface Values {
  title: string;
  description: string;
  cause: Finding["cause"] | "";
  severity: Severity | "";
  owner: string;
  due_on: string;
  external_ticket: string;
}

const EMPTY: Values = { title: "", description: "", cause: "", severity: "", owner: "", due_on: "", external_ticket: "" };
const said = (text: string): string | undefined => text.trim() || undefined;

/** What was filled in; the rest follows from the cause and the results. */
function bodyOf(values: Values, tests: string[], person: ComboboxOption | null): FindingCreate {
  return {
    test_ids: tests,
    title: said(values.title),
    description: said(values.description),
    cause: values.cause || undefined,
    severity: values.severity || undefined,
    owner: said(values.owner),
    owner_id: person?.value,
    due_on: said(values.due_on),
    external_ticket: said(values.external_ticket),
  };
}

/** Opens a finding by hand, on results that lie below what was expected. Mount it when it is wanted. */
export function CreateFindingDialog({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const form = useForm({ defaultValues: EMPTY });
  const [tests, setTests] = useState<string[]>([]);
  const [missing, setMissing] = useState(false);
  const [person, setPerson] = useState<ComboboxOption | null>(null);
  const [failure, setFailure] = useState<{ error: unknown; left: readonly FieldError[] } | null>(null);
  const create = useCreateFinding();
  const { errors } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    setMissing(tests.length === 0);
    if (tests.length === 0) return;
    try {
      const made = await create.mutateAsync(bodyOf(values, tests, person));
      void navigate(`/findings/${made.id}`);
    } catch (error) {
      setFailure({ error, left: placeErrors(form, error) });
    }
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      variant="wide"
      title="New finding"
      description="A gap that some results have in common. Those that two leads confirm open one by themselves."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={create.isPending} onClick={() => void submit()}>
            Open the finding
          </Button>
        </>
      }
    >
      <form noValidate className="space-y-4" onSubmit={(event) => void submit(event)}>
        <ResultsPicker value={tests} onChange={setTests} error={missing && tests.length === 0 ? "Choose at least one." : undefined} />
        <Field label="Title" hint="Left empty, it is called by its cause." error={errors.title?.message}>
          {(control) => <Input {...control} {...form.register("title")} />}
        </Field>
        <Field label="Description" error={errors.description?.message}>
          {(control) => <Textarea {...control} rows={2} {...form.register("description")} />}
        </Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Cause">{(control) => <Select {...control} placeholder="As blue stated it" options={CAUSES} {...form.register("cause")} />}</Field>
          <Field label="Severity">{(control) => <Select {...control} placeholder="By the result" options={options(SEVERITIES)} {...form.register("severity")} />}</Field>
          <Field label="Owner: team or function" hint="Left empty, the owner of the cause." error={errors.owner?.message}>
            {(control) => <Input {...control} {...form.register("owner")} />}
          </Field>
          <Field label="Owner: person">{(control) => <PersonPicker id={control.id} label="Owner: person" value={person} onChange={setPerson} />}</Field>
          <Field label="Due" error={errors.due_on?.message}>
            {(control) => <Input {...control} type="date" {...form.register("due_on")} />}
          </Field>
          <Field label="External ticket" error={errors.external_ticket?.message}>
            {(control) => <Input {...control} {...form.register("external_ticket")} />}
          </Field>
        </div>
        <Refusal error={failure?.error} left={failure?.left} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
