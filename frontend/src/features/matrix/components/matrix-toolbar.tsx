import { useQuery } from "@tanstack/react-query";
import { tacticsQuery } from "@/api/techniques";
import { SearchField } from "@/components/data-table/filter-bar";
import { EnvironmentSelect } from "@/components/pickers/environment-select";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { MultiSelect } from "@/components/ui/multi-select";
import { Select } from "@/components/ui/select";
import { MoreFilters } from "@/features/matrix/components/more-filters";
import { Segmented } from "@/features/matrix/components/segmented";
import { LAYER_MEANING, LAYERS } from "@/features/matrix/lib/layers";
import { ZOOMS } from "@/features/matrix/lib/options";
import { DOMAINS, PLATFORMS_OF } from "@/lib/platforms";
import type { useMatrixParams } from "@/features/matrix/lib/use-matrix-params";

/** What is shown (left: filters) and how (right: layer, folds, zoom, table). */
export function MatrixToolbar({ params }: { params: ReturnType<typeof useMatrixParams> }) {
  const { view, filtered, selecting, patch, clear } = params;
  const tactics = useQuery(tacticsQuery(view.domain));
  const platforms = [...new Set([...PLATFORMS_OF[view.domain], ...view.platforms])];
  const open = view.allOpen || selecting;
  return (
    <div role="search" aria-label="Filters and view of the matrix" className="mb-2 flex flex-wrap items-center gap-2">
      <SearchField label="Search techniques" placeholder="Id or name" value={view.q} onChange={(q) => patch({ q })} />
      <Select
        aria-label="Domain"
        className="w-32!"
        options={DOMAINS}
        value={view.domain}
        onChange={(event) => patch({ domain: event.target.value, platform: null, tactic: null, at: null })}
      />
      {platforms.length > 0 && (
        <MultiSelect label="Platform" options={platforms.map((name) => ({ value: name, label: name }))} value={view.platforms} onChange={(platform) => patch({ platform })} />
      )}
      <MultiSelect
        label="Tactic"
        options={(tactics.data?.items ?? []).map((tactic) => ({ value: tactic.shortname, label: tactic.name }))}
        value={view.tactics}
        onChange={(tactic) => patch({ tactic })}
      />
      <EnvironmentSelect className="w-40!" value={view.environment} onChange={(environment) => patch({ environment })} />
      <MoreFilters params={params} />
      <Chips params={params} />
      <Checkbox label="Needs review" className="items-center! [&>input]:mt-0" checked={view.review} onChange={(event) => patch({ review: event.target.checked ? "yes" : null })} />
      {filtered && (
        <Button variant="ghost" onClick={clear}>
          Clear filters
        </Button>
      )}
      <div className="flex flex-wrap items-center gap-2 2xl:ml-auto">
        <Select
          aria-label="Layer"
          className="w-44!"
          options={LAYERS}
          value={view.layer}
          title={LAYER_MEANING[view.layer]}
          // Values of one layer are none of another.
          onChange={(event) => patch({ layer: event.target.value === "coverage" ? null : event.target.value, min: null, max: null })}
        />
        <Select
          aria-label="Second layer in the same cells"
          className="w-48!"
          placeholder="No second layer"
          options={LAYERS.filter(({ value }) => value !== view.layer).map(({ value, label }) => ({ value, label: `and ${label}` }))}
          value={view.compare ?? ""}
          title={view.compare ? LAYER_MEANING[view.compare] : undefined}
          onChange={(event) => patch({ compare: event.target.value })}
        />
        {!view.table && (
          <>
            <Segmented label="Size of the cells" options={ZOOMS} value={view.zoom} onChange={(zoom) => patch({ zoom: zoom === "normal" ? null : zoom })} />
            <Button
              aria-pressed={open}
              disabled={selecting}
              title={selecting ? "A filter shows the matching sub-techniques by themselves" : undefined}
              onClick={() => patch({ open: view.allOpen ? null : "all" })}
            >
              {open ? "Fold all" : "Unfold all"}
            </Button>
          </>
        )}
        <Button aria-pressed={view.table} onClick={() => patch({ view: view.table ? null : "table" })}>
          {view.table ? "Matrix" : "Table"}
        </Button>
      </div>
    </div>
  );
}

const CHIPS = [
  { name: "actor", of: "actors", meaning: "Only what this threat actor uses", gone: (key: string) => `No longer only what ${key} uses` },
  { name: "campaign", of: "campaigns", meaning: "Only what is used in this campaign", gone: (key: string) => `No longer only what is used in ${key}` },
  { name: "compliance_control", of: "controls", meaning: "Only what this compliance control is mapped to", gone: (key: string) => `No longer only what ${key} is mapped to` },
] as const;

/** Whom the matrix is narrowed to, one by one, to be taken away. */
function Chips({ params: { view, patch } }: { params: ReturnType<typeof useMatrixParams> }) {
  const range = [view.min && `from ${view.min}`, view.max && `to ${view.max}`].filter(Boolean).join(" ");
  return (
    <>
      {CHIPS.flatMap(({ name, of, meaning, gone }) =>
        view[of].map((key) => (
          <Button key={`${name} ${key}`} aria-label={gone(key)} title={`${meaning}: ${key}`} onClick={() => patch({ [name]: view[of].filter((one) => one !== key) })}>
            <span className="max-w-40 truncate font-mono text-xs">{name === "compliance_control" ? key.split(":").at(-1) : key}</span> ✕
          </Button>
        )),
      )}
      {range && (
        <Button aria-label={`No longer only values ${range}`} title="Only values of this range" onClick={() => patch({ min: null, max: null })}>
          {range} ✕
        </Button>
      )}
    </>
  );
}
