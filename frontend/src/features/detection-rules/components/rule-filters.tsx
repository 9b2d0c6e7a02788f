import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { toolsQuery } from "@/api/organisation";
import { FilterBar, SearchField } from "@/components/data-table/filter-bar";
import type { useTableParams } from "@/components/data-table/use-table-params";
import { TechniquePicker } from "@/components/pickers/technique-picker";
import { Button } from "@/components/ui/button";
import { CountFilter } from "@/components/ui/count-filter";
import { MultiSelect } from "@/components/ui/multi-select";
import { Select } from "@/components/ui/select";
import type { RuleStats } from "@/features/detection-rules/api";
import { FIRING, LEVELS, optionsOf } from "@/features/detection-rules/lib/words";
import { formatCount } from "@/lib/format";
import { sourceLabel } from "@/lib/sources";

interface RuleFiltersProps {
  params: ReturnType<typeof useTableParams>;
  stats: RuleStats | undefined;
  onClear: (() => void) | undefined;
}

const TONES = { fired: "text-ok", silent: "text-danger", never: "text-muted" } as const;

/** Everything that narrows the list; what it is narrowed to stands in the address. */
export function RuleFilters({ params, stats, onClear }: RuleFiltersProps) {
  const { get, getAll, setFilter, patch } = params;
  const technique = getAll("technique");
  const sources = stats?.by_source.map((item) => ({ value: item.name, label: `${sourceLabel(item.name)} (${formatCount(item.total)})` })) ?? [];
  const platforms = [...new Set([...(stats?.platforms ?? []), ...getAll("platform")])].map((name) => ({ value: name, label: name }));
  return (
    <>
      <div className="flex flex-wrap gap-x-4 gap-y-1.5 border-b px-3 py-2">
        <CountFilter
          label="What it did in tests"
          chosen={getAll("firing")}
          onChange={(value) => setFilter("firing", value)}
          choices={(["fired", "silent", "never"] as const).map((word) => ({
            value: word,
            label: FIRING[word].label,
            symbol: FIRING[word].symbol,
            tone: TONES[word],
            title: FIRING[word].meaning,
            count: stats?.[word],
          }))}
        />
        <CountFilter
          label="Where it runs"
          chosen={get("deployed") ? [get("deployed")] : []}
          onChange={(value) => setFilter("deployed", value.at(-1) ?? null)}
          choices={[
            { value: "true", label: "Deployed", count: stats?.deployed, title: "Running in at least one of our tools." },
            { value: "false", label: "Not deployed", count: stats && stats.total - stats.deployed, title: "Running in none of our tools." },
          ]}
        />
      </div>
      <FilterBar onClear={onClear}>
        <SearchField label="Search rules" placeholder="Name or id" value={get("q")} onChange={(value) => setFilter("q", value)} />
        <MultiSelect label="Source" options={sources} value={getAll("source")} onChange={(value) => setFilter("source", value)} />
        <MultiSelect label="Level" options={optionsOf(LEVELS)} value={getAll("level")} onChange={(value) => setFilter("level", value)} />
        <MultiSelect label="Platform" options={platforms} value={getAll("platform")} onChange={(value) => setFilter("platform", value)} />
        <div className="w-56">
          <TechniquePicker
            placeholder="Technique"
            value={technique[0] ? { value: technique[0], label: technique.join(", ") } : null}
            onChange={(found) => patch({ technique: found?.attackId ?? null, include_subtechniques: null })}
          />
        </div>
        <Select
          aria-label="Use"
          className="w-44!"
          options={[
            { value: "", label: "Usable" },
            { value: "unusable", label: "Off or withdrawn" },
            { value: "all", label: "Usable or not" },
          ]}
          value={get("use")}
          onChange={(event) => setFilter("use", event.target.value)}
        />
      </FilterBar>
      <LooseFilters params={params} />
    </>
  );
}

/** Filters that came with a link and have no control of their own. */
function LooseFilters({ params: { get, setFilter } }: { params: RuleFiltersProps["params"] }) {
  const tool = get("tool");
  const tools = useQuery({ ...toolsQuery(), enabled: tool !== "" });
  const loose = [
    tool && { name: "tool", label: `Deployed in ${tools.data?.items.find((item) => item.id === tool)?.name ?? "one tool"}` },
    get("technique") && get("include_subtechniques") === "true" && { name: "include_subtechniques", label: "With sub-techniques" },
  ].filter((item) => typeof item === "object");
  if (loose.length === 0) return null;
  return (
    <ul aria-label="Further filters" className="flex flex-wrap gap-1.5 border-b px-3 py-1.5">
      {loose.map(({ name, label }) => (
        <li key={name}>
          <Button size="sm" aria-label={`Remove the filter ${label}`} onClick={() => setFilter(name, null)}>
            {label}
            <X aria-hidden className="size-3" />
          </Button>
        </li>
      ))}
    </ul>
  );
}
