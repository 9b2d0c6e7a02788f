import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { useMe } from "@/api/me";
import { Field } from "@/components/form/field";
import { Refusal } from "@/components/form/refusal";
import { PersonPicker } from "@/components/pickers/person-picker";
import { QueryView } from "@/components/states/query-view";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import type { ComboboxOption } from "@/components/ui/combobox";
import { ExactTime } from "@/components/ui/exact-time";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { deputiesQuery, useEndDeputy, useNameDeputy } from "@/features/profile/api";
import { nameOf } from "@/lib/people";

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 90;

const dayFromNow = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

function NameForm() {
  const name = useNameDeputy();
  const [person, setPerson] = useState<ComboboxOption | null>(null);
  const [day, setDay] = useState(() => dayFromNow(14));
  const submit = () => {
    if (!person) return;
    name.mutate({ user_id: person.value, until: `${day}T23:59:59Z`, reason: "" }, { onSuccess: () => toast(`${person.label} can vote in your place now.`) });
  };
  return (
    <form
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <PersonPicker label="Deputy" roles={["red_lead", "blue_lead", "viewer", "admin"]} value={person} onChange={setPerson} />
      <Field label="Until the end of" hint="UTC, at most 90 days from now.">
        {(control) => (
          <Input {...control} type="date" min={dayFromNow(0)} max={dayFromNow(LONGEST_DAYS - 1)} value={day} onChange={(event) => setDay(event.target.value)} />
        )}
      </Field>
      <Refusal error={name.error} />
      <Button type="submit" variant="primary" disabled={!person || !day} pending={name.isPending}>
        Name deputy
      </Button>
    </form>
  );
}

/** For leads: who votes in their place while they are away. */
export function DeputyCard() {
  const me = useMe();
  const deputies = useQuery(deputiesQuery());
  const end = useEndDeputy();
  const side = me.role === "red_lead" ? "red" : "blue";
  return (
    <Card title="Deputy" description={`Somebody who votes for the ${side} side in your place. Nobody judges their own work, and each vote says so.`}>
      <QueryView query={deputies} what="Deputies">
        {(page) => {
          const mine = page.items.find((item) => item.lead.id === me.id);
          if (!mine) return <NameForm />;
          const who = nameOf(mine.deputy);
          return (
            <div className="space-y-3">
              <p className="text-sm">
                {who} votes in your place until <ExactTime value={mine.until} />.
              </p>
              <Refusal error={end.error} />
              <Button pending={end.isPending} onClick={() => end.mutate(mine.id, { onSuccess: () => toast(`${who} is no longer your deputy.`) })}>
                End it now
              </Button>
            </div>
          );
        }}
      </QueryView>
    </Card>
  );
}
