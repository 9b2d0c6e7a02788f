import { useState } from "react";
import { useQuery, type UseQueryOptions } from "@tanstack/react-query";
import type { PageOf } from "@/components/data-table/data-table";
import { Combobox, type ComboboxOption } from "@/components/ui/combobox";
import { useDebounced } from "@/hooks/use-debounced";

const LEAST = 2;

/** Something of ATT&CK by its id. */
export interface Chosen {
  attackId: string;
  name: string;
}

/** What every picker of such things takes. */
export interface PickerProps {
  id?: string;
  label?: string;
  placeholder?: string;
  value: ComboboxOption | null;
  onChange: (chosen: Chosen | null) => void;
  /** ATT&CK ids that are chosen already: not offered again. */
  without?: readonly string[];
  invalid?: boolean;
  describedBy?: string;
}

interface SearchPickerProps<Item> extends PickerProps {
  label: string;
  lookup: (q: string) => UseQueryOptions<PageOf<Item>, Error, PageOf<Item>, string[]>;
  option: (item: Item) => Omit<ComboboxOption, "value">;
  nothing: string;
}

/** Finds something by what is typed, once typing pauses; says when the search itself failed. */
export function SearchPicker<Item extends { attack_id: string; name: string }>({
  lookup,
  option,
  nothing,
  onChange,
  without = [],
  ...props
}: SearchPickerProps<Item>) {
  const [typed, setTyped] = useState("");
  const wanted = typed.trim();
  const settled = useDebounced(wanted);
  const found = useQuery(lookup(settled));
  const items = wanted.length < LEAST ? [] : (found.data?.items ?? []).filter((item) => !without.includes(item.attack_id));
  return (
    <Combobox
      {...props}
      options={items.map((item) => ({ ...option(item), value: item.attack_id }))}
      onChange={(chosen) => {
        const item = items.find((one) => one.attack_id === chosen?.value);
        onChange(item ? { attackId: item.attack_id, name: item.name } : null);
      }}
      query={typed}
      onQueryChange={setTyped}
      loading={found.isFetching || (wanted.length >= LEAST && wanted !== settled)}
      error={wanted === settled ? found.error : null}
      onRetry={() => void found.refetch()}
      emptyText={wanted.length < LEAST ? "Type two letters or more." : nothing}
    />
  );
}
