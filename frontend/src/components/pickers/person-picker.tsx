import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { directoryLookup } from "@/api/lookups";
import type { Role } from "@/api/me";
import { Combobox, type ComboboxOption } from "@/components/ui/combobox";
import { useDebounced } from "@/hooks/use-debounced";
import { nameOf } from "@/lib/people";
import { ROLE_LABELS } from "@/lib/roles";

interface PersonPickerProps {
  id?: string;
  label: string;
  placeholder?: string;
  /** Said when nobody matches. */
  nobody?: string;
  /** Only people of these roles. */
  roles?: Role[];
  value: ComboboxOption | null;
  onChange: (person: ComboboxOption | null) => void;
  describedBy?: string;
}

/** Finds an active person by name; says when the search itself failed. */
export function PersonPicker({ roles, placeholder = "Search people", nobody = "Nobody matches.", ...props }: PersonPickerProps) {
  const [typed, setTyped] = useState("");
  const people = useQuery(directoryLookup(useDebounced(typed.trim()), roles));
  return (
    <Combobox
      {...props}
      placeholder={placeholder}
      options={(people.data?.items ?? []).map((item) => ({ value: item.id, label: nameOf(item), detail: ROLE_LABELS[item.role] }))}
      query={typed}
      onQueryChange={setTyped}
      loading={people.isFetching}
      error={people.error}
      onRetry={() => void people.refetch()}
      emptyText={nobody}
    />
  );
}
