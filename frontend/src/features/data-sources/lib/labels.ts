import type { BadgeTone } from "@/components/ui/badge";
import type { DataSource, RunStatus, WayName } from "@/features/data-sources/api";
import { humanise } from "@/lib/format";
import { DOMAIN_LABELS } from "@/lib/platforms";

export const RUN_STATUS: Record<RunStatus, { label: string; tone: BadgeTone; symbol: string }> = {
  queued: { label: "Queued", tone: "neutral", symbol: "◌" },
  running: { label: "Running", tone: "accent", symbol: "▷" },
  succeeded: { label: "Succeeded", tone: "ok", symbol: "✓" },
  partial: { label: "Partial", tone: "warn", symbol: "◐" },
  failed: { label: "Failed", tone: "danger", symbol: "✕" },
  cancelled: { label: "Cancelled", tone: "neutral", symbol: "–" },
  interrupted: { label: "Interrupted", tone: "warn", symbol: "!" },
};

export const WAYS: { value: WayName; label: string }[] = [
  { value: "auto", label: "In the configured order" },
  { value: "taxii", label: "TAXII server" },
  { value: "github", label: "GitHub" },
  { value: "api", label: "REST API" },
  { value: "offline", label: "Content directory" },
  { value: "bundled", label: "Bundled package" },
];

const WAY_NAMES: Record<string, string> = {
  taxii: "TAXII",
  github: "GitHub",
  offline: "content directory",
  upload: "uploaded file",
  bundled: "bundled package",
  api: "REST API",
};

/** "taxii+bundled" → "TAXII, bundled package". */
export function wayLabel(way: string | null): string {
  if (!way) return "–";
  return way
    .split("+")
    .map((part) => WAY_NAMES[part] ?? humanise(part))
    .join(", ");
}

export function domainLabel(name: string): string {
  return Object.entries(DOMAIN_LABELS).find(([domain]) => domain === name)?.[1] ?? PART_NAMES[name] ?? humanise(name);
}

const PART_NAMES: Record<string, string> = { all: "Everything", oscal: "NIST catalogues (OSCAL)", mappings: "Mappings Explorer" };

/** A release as it is, a commit by its first ten digits. */
export function releaseLabel(release: string | null): string | null {
  return release && /^[0-9a-f]{40}$/.test(release) ? release.slice(0, 10) : release;
}

/** "every 24 h", "every 7 days". */
export function intervalLabel(hours: number): string {
  if (hours % 24 !== 0 || hours < 48) return `every ${hours} h`;
  return `every ${hours / 24} days`;
}

/** Whether it comes by itself, once a person has asked for the first sync. */
export function isScheduled({ enabled, auto, interval_hours }: DataSource): boolean {
  return enabled && auto && interval_hours > 0;
}

/** Ways that a source offers, for a choice; none when there is nothing to choose. */
export function wayOptions(ways: readonly string[]): { value: WayName; label: string }[] {
  return WAYS.filter((way) => way.value === "auto" || ways.includes(way.value));
}
