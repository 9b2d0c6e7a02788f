import type { DomainName } from "@/api/techniques";

export const DOMAINS: readonly { value: DomainName; label: string }[] = [
  { value: "enterprise", label: "Enterprise" },
  { value: "mobile", label: "Mobile" },
  { value: "ics", label: "ICS" },
];

/** ATT&CK's names of what techniques run on. ICS techniques name none. */
export const PLATFORMS: Record<DomainName, readonly string[]> = {
  enterprise: ["Windows", "Linux", "macOS", "Containers", "ESXi", "IaaS", "Identity Provider", "Network Devices", "Office Suite", "PRE", "SaaS"],
  mobile: ["Android", "iOS"],
  ics: [],
};

export type Zoom = "compact" | "normal" | "large";

export const ZOOMS: readonly { value: Zoom; label: string }[] = [
  { value: "compact", label: "Compact" },
  { value: "normal", label: "Normal" },
  { value: "large", label: "Large" },
];

/** Pixels of a cell: columns grow beyond their width when there is room. */
export const CELL_SIZE: Record<Zoom, { width: number; height: number }> = {
  compact: { width: 98, height: 26 },
  normal: { width: 158, height: 46 },
  large: { width: 212, height: 72 },
};
