import { useState } from "react";
import { Popover } from "radix-ui";
import { ChevronDown } from "lucide-react";
import { ActorPicker } from "@/components/pickers/actor-picker";
import { SearchPicker } from "@/components/pickers/search-picker";
import { Input } from "@/components/ui/input";
import { campaignLookup } from "@/features/matrix/api";
import { ControlFilter } from "@/features/matrix/components/control-filter";
import { layerLabel, type Layer } from "@/features/matrix/lib/layers";
import type { useMatrixParams } from "@/features/matrix/lib/use-matrix-params";
import { cn } from "@/lib/cn";

const LEGEND = "mb-1 text-xs font-medium text-muted";

/** Filters that need room: whom the matrix is narrowed to, and from where to where the values go. */
export function MoreFilters({ params }: { params: ReturnType<typeof useMatrixParams> }) {
  const { view, patch } = params;
  const chosen = view.actors.length + view.campaigns.length + view.controls.length + (view.min || view.max ? 1 : 0);
  return (
    <Popover.Root>
      <Popover.Trigger
        className={cn(
          "inline-flex h-7.5 items-center gap-2 rounded-md border border-line-strong/70 bg-surface px-2.5 text-sm hover:border-line-strong",
          chosen === 0 && "text-muted",
        )}
      >
        {chosen === 0 ? "More filters" : `More filters: ${chosen}`}
        <ChevronDown aria-hidden className="size-3.5 shrink-0 text-muted" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content align="start" sideOffset={4} collisionPadding={8} aria-label="More filters" className="z-40 w-80 max-w-[calc(100vw-1rem)] space-y-3 rounded-md border border-line-strong/50 bg-raised p-3 animate-in">
          <div>
            <p aria-hidden className={LEGEND}>
              {view.layer === "actor" ? "Threat actors that are counted" : "Used by a threat actor"}
            </p>
            <ActorPicker
              label="Threat actor"
              value={null}
              without={view.actors}
              onChange={(actor) => actor && patch({ actor: [...view.actors, actor.attackId] })}
            />
          </div>
          <div>
            <p aria-hidden className={LEGEND}>
              {view.layer === "campaign" ? "Campaigns that are counted" : "Used in a campaign"}
            </p>
            <SearchPicker
              label="Campaign"
              placeholder="Campaign or plan of an adversary"
              value={null}
              without={view.campaigns}
              lookup={campaignLookup}
              option={({ name, key, kind, techniques }) => ({ label: `${name} (${key})`, detail: `${kind === "plan" ? "Plan" : "Campaign"}, ${techniques} techniques` })}
              nothing="No campaign matches."
              onChange={(campaign) => campaign && patch({ campaign: [...view.campaigns, campaign.attackId] })}
            />
          </div>
          <ControlFilter
            legend={view.layer === "control" ? "Compliance controls that are counted" : "Mapped to a compliance control"}
            className={LEGEND}
            chosen={view.controls}
            onAdd={(control) => patch({ compliance_control: [...view.controls, control] })}
          />
          <Range layer={view.layer} min={view.min} max={view.max} onChange={patch} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

interface RangeProps {
  layer: Layer;
  min: string;
  max: string;
  onChange: (range: { min?: string | null; max?: string | null }) => void;
}

/** From where to where the values of the layer go. Coverage is told in percent, and 0 to 1 in the address. */
function Range({ layer, min, max, onChange }: RangeProps) {
  const factor = layer === "coverage" ? 100 : 1;
  const shown = (text: string) => (text === "" ? "" : String(Math.round(Number(text) * factor * 100) / 100));
  const [typed, setTyped] = useState({ min: shown(min), max: shown(max) });
  const address = `${layer} ${min} ${max}`;
  const [known, setKnown] = useState(address);
  // The address changed: show what it says.
  if (address !== known) {
    setKnown(address);
    setTyped({ min: shown(min), max: shown(max) });
  }
  const report = (name: "min" | "max") => {
    const text = typed[name];
    if (text !== shown(name === "min" ? min : max)) onChange({ [name]: text === "" ? null : String(Number(text) / factor) });
  };
  const name = `${layerLabel(layer)}${factor === 100 ? ", %" : ""}`;
  return (
    <fieldset>
      <legend className={LEGEND}>{name}</legend>
      <span className="flex items-center gap-2">
        {(["min", "max"] as const).map((end) => (
          <label key={end} className="flex flex-1 items-center gap-2 text-sm">
            {end === "min" ? "from" : "to"}
            <Input
              type="number"
              step="any"
              aria-label={`${name}, ${end === "min" ? "from" : "to"}`}
              value={typed[end]}
              onChange={(event) => setTyped({ ...typed, [end]: event.target.value })}
              onBlur={() => report(end)}
              onKeyDown={(event) => event.key === "Enter" && report(end)}
            />
          </label>
        ))}
      </span>
    </fieldset>
  );
}
