import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { techniqueLookup } from "@/api/lookups";
import { Combobox, type ComboboxOption } from "@/components/ui/combobox";
import { useDebounced } from "@/hooks/use-debounced";

interface TechniquePickerProps {
  id?: string;
  label?: string;
  placeholder?: string;
  value: ComboboxOption | null;
  /** The chosen technique's ATT&CK id and name. */
  onChange: (technique: { attackId: string; name: string } | null) => void;
  /** Chosen already: not offered again. */
  without?: readonly string[];
  invalid?: boolean;
  describedBy?: string;
}

/** Finds a technique by id or name; says when the search itself failed. */
export function TechniquePicker({ label = "Technique", placeholder = "Id or name, like T1059.001 or kerberoasting", without = [], ...props }: TechniquePickerProps) {
  const [typed, setTyped] = useState("");
  const wanted = typed.trim();
  const settled = useDebounced(wanted);
  const found = useQuery(techniqueLookup(settled));
  const items = wanted.length < 2 ? [] : (found.data?.items ?? []).filter((item) => !without.includes(item.attack_id));
  return (
    <Combobox
      {...props}
      label={label}
      placeholder={placeholder}
      options={items.map((item) => ({ value: item.attack_id, label: `${item.attack_id} ${item.name}` }))}
      onChange={(option) => {
        const item = items.find((one) => one.attack_id === option?.value);
        props.onChange(item ? { attackId: item.attack_id, name: item.name } : null);
      }}
      query={typed}
      onQueryChange={setTyped}
      loading={found.isFetching || (wanted.length > 1 && wanted !== settled)}
      error={wanted === settled ? found.error : null}
      onRetry={() => void found.refetch()}
      emptyText={wanted.length < 2 ? "Type two letters or more." : "No technique matches."}
    />
  );
}
