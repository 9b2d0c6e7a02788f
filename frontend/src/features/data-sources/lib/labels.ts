import type { BadgeTone } from "@/components/ui/badge";
import type { DomainName, RunStatus, WayName } from "@/features/data-sources/api";
import { humanise } from "@/lib/format";

export const RUN_STATUS: Record<RunStatus, { label: string; tone: BadgeTone; symbol: string }> = {
  queued: { label: "Queued", tone: "neutral", symbol: "◌" },
  running: { label: "Running", tone: "accent", symbol: "▷" },
  succeeded: { label: "Succeeded", tone: "ok", symbol: "✓" },
  partial: { label: "Partial", tone: "warn", symbol: "◐" },
  failed: { label: "Failed", tone: "danger", symbol: "✕" },
  cancelled: { label: "Cancelled", tone: "neutral", symbol: "–" },
  interrupted: { label: "Interrupted", tone: "warn", symbol: "!" },
};

export const DOMAINS: { value: DomainName; label: string }[] = [
  { value: "enterprise", label: "Enterprise" },
  { value: "mobile", label: "Mobile" },
  { value: "ics", label: "ICS" },
];

export const WAYS: { value: WayName; label: string }[] = [
  { value: "auto", label: "In the configured order" },
  { value: "taxii", label: "TAXII server" },
  { value: "github", label: "GitHub" },
  { value: "offline", label: "Content directory" },
  { value: "bundled", label: "Bundled package" },
];

const WAY_NAMES: Record<string, string> = {
  taxii: "TAXII",
  github: "GitHub",
  offline: "content directory",
  upload: "uploaded file",
  bundled: "bundled package",
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
  return DOMAINS.find((domain) => domain.value === name)?.label ?? humanise(name);
}
