import { actorLookup } from "@/api/lookups";
import { SearchPicker, type PickerProps } from "@/components/pickers/search-picker";

/** Finds a threat actor by name or alias. */
export function ActorPicker(props: PickerProps) {
  return (
    <SearchPicker
      label="Threat actor"
      placeholder="Name or alias"
      {...props}
      lookup={actorLookup}
      option={({ name, attack_id, aliases }) => ({ label: `${name} (${attack_id})`, detail: aliases.slice(0, 4).join(", ") })}
      nothing="No actor matches."
    />
  );
}
