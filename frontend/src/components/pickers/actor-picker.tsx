import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { actorLookup } from "@/api/lookups";
import { Combobox, type ComboboxOption } from "@/components/ui/combobox";
import { useDebounced } from "@/hooks/use-debounced";

interface ActorPickerProps {
  id?: string;
  value: ComboboxOption | null;
  /** The chosen actor's ATT&CK id and name. */
  onChange: (actor: { attackId: string; name: string } | null) => void;
  /** Chosen already: not offered again. */
  without?: readonly string[];
  invalid?: boolean;
  describedBy?: string;
}

/** Finds a threat actor by name or alias; says when the search itself failed. */
export function ActorPicker({ without = [], ...props }: ActorPickerProps) {
  const [typed, setTyped] = useState("");
  const wanted = typed.trim();
  const settled = useDebounced(wanted);
  const found = useQuery(actorLookup(settled));
  const items = wanted.length < 2 ? [] : (found.data?.items ?? []).filter((item) => !without.includes(item.attack_id));
  return (
    <Combobox
      {...props}
      label="Threat actor"
      placeholder="Name or alias"
      options={items.map((item) => ({ value: item.attack_id, label: `${item.name} (${item.attack_id})`, detail: item.aliases.slice(0, 4).join(", ") }))}
      onChange={(option) => {
        const item = items.find((one) => one.attack_id === option?.value);
        props.onChange(item ? { attackId: item.attack_id, name: item.name } : null);
      }}
      query={typed}
      onQueryChange={setTyped}
      loading={found.isFetching || (wanted.length > 1 && wanted !== settled)}
      error={wanted === settled ? found.error : null}
      onRetry={() => void found.refetch()}
      emptyText={wanted.length < 2 ? "Type two letters or more." : "No actor matches."}
    />
  );
}
