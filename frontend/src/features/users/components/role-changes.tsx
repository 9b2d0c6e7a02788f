import { useQuery } from "@tanstack/react-query";
import { Refusal } from "@/components/form/refusal";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { toast } from "@/components/ui/toast";
import { roleChangesQuery, useConfirmRoleChange, useDropRoleChange, type RoleChange } from "@/features/users/api";
import { nameOf } from "@/lib/people";
import { ROLE_LABELS } from "@/lib/roles";

function inWords({ role, auditor, is_active: active }: RoleChange): string {
  const parts = [];
  if (role !== null) parts.push(`become ${ROLE_LABELS[role]}`);
  if (auditor !== null) parts.push(auditor ? "be an auditor" : "be no auditor any more");
  if (active !== null) parts.push(active ? "be activated again" : "be deactivated");
  return parts.join(" and ");
}

function Waiting({ change }: { change: RoleChange }) {
  const confirm = useConfirmRoleChange();
  const drop = useDropRoleChange();
  const name = nameOf(change.user);
  const may = (action: RoleChange["allowed_actions"][number]) => change.allowed_actions.includes(action);
  return (
    <li className="space-y-2 px-4 py-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="min-w-0 text-sm">
          <span className="font-medium">{name}</span> is to {inWords(change)}.{" "}
          <span className="text-muted">
            {nameOf(change.requested_by)} asked <RelativeTime value={change.created_at} />; it ends <RelativeTime value={change.expires_at} />.
          </span>
        </p>
        <div className="flex gap-2">
          {may("confirm") && (
            <Button
              size="sm"
              variant="primary"
              pending={confirm.isPending}
              aria-label={`Confirm the change of ${name}`}
              onClick={() => confirm.mutate(change.id, { onSuccess: () => toast(`${name} has the new rights.`) })}
            >
              Confirm
            </Button>
          )}
          <Button
            size="sm"
            pending={drop.isPending}
            aria-label={`${may("withdraw") ? "Withdraw" : "Refuse"} the change of ${name}`}
            onClick={() => drop.mutate(change.id, { onSuccess: () => toast(`The change of ${name} is off.`) })}
          >
            {may("withdraw") ? "Withdraw" : "Refuse"}
          </Button>
        </div>
      </div>
      <Refusal error={confirm.error ?? drop.error} />
    </li>
  );
}

/** What one administrator asked for and another has to confirm. Nothing is shown while nothing waits. */
export function RoleChanges() {
  const changes = useQuery(roleChangesQuery());
  if (changes.error) return <InlineError error={changes.error} />;
  if (!changes.data?.items.length) return null;
  return (
    <Card flush className="mb-4" title="Waiting for a second administrator" description="Nothing changes before another administrator than the one who asked confirms it.">
      <ul className="divide-y">
        {changes.data.items.map((change) => (
          <Waiting key={change.id} change={change} />
        ))}
      </ul>
    </Card>
  );
}
