import { useState } from "react";
import { useNavigate } from "react-router";
import type { TestDetail } from "@/api/tests";
import { Field } from "@/components/form/field";
import { Refusal } from "@/components/form/refusal";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { useCreateRetest } from "@/features/security-tests/api";

/** Plans the same procedure once more, to see whether a fix holds. */
export function RetestDialog({ test, onClose }: { test: TestDetail; onClose: () => void }) {
  const [name, setName] = useState(`Retest of ${test.name}`.slice(0, 200));
  const navigate = useNavigate();
  const create = useCreateRetest(test.id);
  const submit = () =>
    create.mutate(name.trim(), {
      onSuccess: (made) => {
        onClose();
        toast(`${made.number} is planned.`);
        void navigate(`/tests/${made.id}`);
      },
    });
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Retest ${test.number}`}
      description="A new draft with the same procedure, technique, platform and environment. Its result replaces this one when it is confirmed."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={create.isPending} onClick={submit}>
            Plan the retest
          </Button>
        </>
      }
    >
      <form
        className="space-y-3"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field label="Name">{(field) => <Input {...field} value={name} maxLength={200} onChange={(event) => setName(event.target.value)} />}</Field>
        <Refusal error={create.error} />
      </form>
    </Dialog>
  );
}
