import { useState } from "react";
import { useMe } from "@/api/me";
import type { Side, TestDetail } from "@/api/tests";
import { InlineError } from "@/components/states/inline-error";
import { SideTag } from "@/components/status/side-tag";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useAssign } from "@/features/security-tests/api";
import { AssignDialog } from "@/features/security-tests/components/assign-dialog";
import { assignableSides, namesOthers } from "@/features/security-tests/lib/turns";
import { nameOf } from "@/lib/people";

function SideRow({ test, side }: { test: TestDetail; side: Side }) {
  const me = useMe();
  const [choosing, setChoosing] = useState(false);
  const assign = useAssign(test.id);
  const person = side === "red" ? test.red_assignee : test.blue_assignee;
  const may = assignableSides(test, me).includes(side);
  const works = me.role === "admin" || me.role === `${side}_tech`;
  return (
    <li className="space-y-1 py-2">
      <div className="flex flex-wrap items-center gap-2">
        <span className="w-12">
          <SideTag side={side} />
        </span>
        <span className={person ? "min-w-0 flex-1 truncate" : "flex-1 text-muted"}>{person ? nameOf(person) : "Nobody yet"}</span>
        {may && works && person?.id !== me.id && (
          <Button size="sm" pending={assign.isPending} onClick={() => assign.mutate({ side, userId: me.id })} aria-label={`Claim the ${side} side`}>
            Claim
          </Button>
        )}
        {may && person?.id === me.id && (
          <Button size="sm" variant="ghost" pending={assign.isPending} onClick={() => assign.mutate({ side, userId: null })} aria-label={`Give back the ${side} side`}>
            Give back
          </Button>
        )}
        {may && namesOthers(me, side) && (
          <Button size="sm" onClick={() => setChoosing(true)} aria-label={`Assign the ${side} side`}>
            Assign
          </Button>
        )}
      </div>
      <InlineError error={assign.error} />
      {choosing && (
        <AssignDialog
          title={`Who works on the ${side} side of ${test.number}?`}
          sides={[side]}
          pending={assign.isPending}
          onClose={() => setChoosing(false)}
          onAssign={(assignment) => assign.mutateAsync(assignment).then(() => setChoosing(false))}
        />
      )}
    </li>
  );
}

/** Who planned the test and who works on each side. */
export function PeopleCard({ test }: { test: TestDetail }) {
  return (
    <Card title="People">
      <ul className="-my-2 divide-y text-sm">
        <SideRow test={test} side="red" />
        <SideRow test={test} side="blue" />
        {test.created_by && <li className="py-2 text-muted">Planned by {nameOf(test.created_by)}</li>}
      </ul>
    </Card>
  );
}
