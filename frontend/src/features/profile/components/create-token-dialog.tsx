import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { Field } from "@/components/form/field";
import { applyServerErrors } from "@/components/form/server-errors";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Input, Textarea } from "@/components/ui/input";
import { OnceShown } from "@/components/ui/once-shown";
import { Select } from "@/components/ui/select";
import { useCreateToken } from "@/features/profile/api";
import { grantable, toTokenCreate, EMPTY_TOKEN, type TokenFormValues } from "@/features/profile/lib/token-form";
import { useMe } from "@/api/me";

const LIFETIMES = [7, 30, 90, 180, 365].map((days) => ({ value: String(days), label: `${days} days` }));

export function CreateTokenDialog({ onClose }: { onClose: () => void }) {
  const form = useForm<TokenFormValues>({ defaultValues: EMPTY_TOKEN });
  const create = useCreateToken();
  const me = useMe();
  const [failure, setFailure] = useState<unknown>(null);
  const limited = useWatch({ control: form.control, name: "limited" });
  const { errors } = form.formState;
  const submit = form.handleSubmit((values) => {
    setFailure(null);
    create.mutate(toTokenCreate(values), { onError: (error) => setFailure(applyServerErrors(form, error)) });
  });
  if (create.data) {
    return (
      <Dialog open onOpenChange={onClose} title="Token created" footer={<Button variant="primary" onClick={onClose}>Done</Button>}>
        <OnceShown label="token" value={create.data.token}>
          Copy the token now. It is not shown again.
        </OnceShown>
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="New access token"
      description="For scripts: send it as a bearer token. It may do at most what you may, and never vote."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={create.isPending} onClick={() => void submit()}>
            Create token
          </Button>
        </>
      }
    >
      <form onSubmit={(event) => void submit(event)} noValidate className="space-y-4">
        <Field label="Name" required hint="What uses it, such as “nightly export”." error={errors.name?.message}>
          {(control) => <Input {...control} {...form.register("name", { required: "Give the token a name." })} />}
        </Field>
        <Field label="Good for">{(control) => <Select {...control} {...form.register("days")} options={LIFETIMES} />}</Field>
        <Field label="Only from these networks" hint="Optional, one a line, such as 10.0.0.0/8." error={errors.allowed_addresses?.message}>
          {(control) => <Textarea {...control} rows={2} className="font-mono text-xs" {...form.register("allowed_addresses")} />}
        </Field>
        <Checkbox label="Limit to chosen permissions" {...form.register("limited")} />
        {limited && (
          <fieldset className="grid grid-cols-2 gap-x-4 rounded-md border p-3">
            <legend className="label-caps px-1">Permissions</legend>
            {grantable(me.permissions).map((permission) => (
              <Checkbox key={permission} label={<span className="font-mono text-xs">{permission}</span>} value={permission} {...form.register("scopes")} />
            ))}
          </fieldset>
        )}
        <InlineError error={failure} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
