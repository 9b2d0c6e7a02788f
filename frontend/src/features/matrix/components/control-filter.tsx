import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { controlLookup, frameworksQuery } from "@/api/compliance";
import { SearchPicker } from "@/components/pickers/search-picker";
import { Select } from "@/components/ui/select";
import { plural } from "@/lib/plural";

interface ControlFilterProps {
  legend: string;
  className: string;
  /** Keys such as `nist_800_53:rev5:AC-2`. */
  chosen: readonly string[];
  onAdd: (key: string) => void;
}

/** Finds compliance controls within a framework. Where no framework maps any to a technique there is nothing to choose. */
export function ControlFilter({ legend, className, chosen, onAdd }: ControlFilterProps) {
  const frameworks = (useQuery(frameworksQuery()).data?.items ?? []).filter(({ mapped_controls }) => mapped_controls > 0);
  const [wanted, setWanted] = useState("");
  // More is looked for where something is chosen already, else where most is mapped.
  const first = [...frameworks].sort((one, other) => other.mapped_controls - one.mapped_controls)[0];
  const framework = frameworks.find(({ key }) => key === wanted) ?? frameworks.find(({ key }) => chosen.some((control) => control.startsWith(`${key}:`))) ?? first;
  if (!framework) return null;
  return (
    <div className="space-y-1.5">
      <p aria-hidden className={className}>
        {legend}
      </p>
      {frameworks.length > 1 && (
        <Select
          aria-label="Compliance framework"
          options={frameworks.map(({ key, name, version }) => ({ value: key, label: name.includes(version) ? name : `${name}, ${version}` }))}
          value={framework.key}
          onChange={(event) => setWanted(event.target.value)}
        />
      )}
      <SearchPicker
        key={framework.key}
        label="Compliance control"
        placeholder={frameworks.length > 1 ? "Id or name" : `Id or name, ${framework.name}`}
        value={null}
        without={chosen}
        lookup={controlLookup(framework.key)}
        option={({ name, control_id, techniques }) => ({ label: `${control_id} ${name}`, detail: `mapped to ${plural(techniques, "technique")}` })}
        nothing="No mapped compliance control matches."
        onChange={(control) => control && onAdd(control.attackId)}
      />
    </div>
  );
}
