import { techniqueLookup } from "@/api/lookups";
import { SearchPicker, type PickerProps } from "@/components/pickers/search-picker";

/** Finds a technique by id or name. */
export function TechniquePicker(props: PickerProps) {
  return (
    <SearchPicker
      label="Technique"
      placeholder="Id or name, like T1059.001 or kerberoasting"
      {...props}
      lookup={techniqueLookup}
      option={({ name, attack_id }) => ({ label: `${attack_id} ${name}` })}
      nothing="No technique matches."
    />
  );
}
