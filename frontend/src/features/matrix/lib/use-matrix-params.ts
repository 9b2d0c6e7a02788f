import { useMemo } from "react";
import { useTableParams } from "@/components/data-table/use-table-params";
import type { HeatmapParams } from "@/features/matrix/api";
import { LAYERS, type Layer } from "@/features/matrix/lib/layers";
import { ZOOMS, type Zoom } from "@/features/matrix/lib/options";
import { DOMAINS } from "@/lib/platforms";
import type { DomainName } from "@/api/techniques";
import { COVERAGE_ORDER, type CoverageStatus } from "@/lib/coverage";

function oneOf<T extends string>(values: readonly T[], text: string, fallback: T): T {
  return values.find((value) => value === text) ?? fallback;
}

/** Everything that can be chosen over the matrix. It lives in the address and nowhere else. */
export interface MatrixView {
  domain: DomainName;
  layer: Layer;
  /** A second layer in the same cells. */
  compare: Layer | null;
  zoom: Zoom;
  table: boolean;
  allOpen: boolean;
  platforms: string[];
  tactics: string[];
  statuses: CoverageStatus[];
  environment: string;
  /** ATT&CK ids of threat actors: only what one of them uses. */
  actors: string[];
  /** Campaigns and plans of adversaries: only what one of them uses. */
  campaigns: string[];
  /** Compliance controls: only what one of them is mapped to. */
  controls: string[];
  q: string;
  /** Least and greatest value of the layer, as the address has them; "" for none. */
  min: string;
  max: string;
  review: boolean;
  /** Key of the cell whose panel is open, "" for none. */
  at: string;
}

const FILTERS = ["platform", "tactic", "status", "environment", "actor", "campaign", "compliance_control", "min", "max", "q", "review"];

/** A number as the address has it, "" for what is none. */
const numeral = (text: string): string => (text.trim() !== "" && Number.isFinite(Number(text)) ? text : "");

export function useMatrixParams() {
  const { table, get, getAll, patch, setOffset, setLimit } = useTableParams();
  const statuses = getAll("status");
  const chosen = COVERAGE_ORDER.filter((status) => statuses.includes(status));
  const layer = oneOf(LAYERS.map(({ value }) => value), get("layer"), "coverage");
  const view: MatrixView = {
    domain: oneOf(DOMAINS.map((domain) => domain.value), get("domain"), "enterprise"),
    layer,
    compare: LAYERS.find(({ value }) => value === get("compare") && value !== layer)?.value ?? null,
    zoom: oneOf(ZOOMS.map((zoom) => zoom.value), get("zoom"), "normal"),
    table: get("view") === "table",
    allOpen: get("open") === "all",
    platforms: getAll("platform"),
    tactics: getAll("tactic"),
    statuses: chosen,
    environment: get("environment"),
    actors: getAll("actor"),
    campaigns: getAll("campaign"),
    controls: getAll("compliance_control"),
    q: get("q"),
    min: numeral(get("min")),
    max: numeral(get("max")),
    review: get("review") === "yes",
    at: get("at"),
  };
  const asked = JSON.stringify(toQuery(view));
  // The view is made anew with every address; what is asked for is the same as long as its text is.
  const query = useMemo(() => JSON.parse(asked) as HeatmapParams, [asked]);
  return {
    view,
    query,
    /** Something selects single cells, so sub-techniques should be seen. */
    selecting: Boolean(view.q || view.review || view.min || view.max || chosen.length > 0),
    filtered: FILTERS.some((name) => getAll(name).length > 0),
    patch,
    clear: () => patch(Object.fromEntries(FILTERS.map((name) => [name, null]))),
    table,
    setOffset,
    setLimit,
  };
}

function toQuery(view: MatrixView): HeatmapParams {
  return {
    layer: view.layer,
    ...(view.compare && { compare: view.compare }),
    domain: view.domain,
    ...(view.platforms.length > 0 && { platform: view.platforms }),
    ...(view.tactics.length > 0 && { tactic: view.tactics }),
    ...(view.statuses.length > 0 && { status: view.statuses }),
    ...(view.environment && { environment: view.environment }),
    ...(view.actors.length > 0 && { actor: view.actors }),
    ...(view.campaigns.length > 0 && { campaign: view.campaigns }),
    ...(view.controls.length > 0 && { compliance_control: view.controls }),
    ...(view.min && { min: Number(view.min) }),
    ...(view.max && { max: Number(view.max) }),
    ...(view.q && { q: view.q }),
    ...(view.review && { review_required: true }),
  };
}
