import type { DomainName } from "@/api/techniques";

export const DOMAIN_LABELS: Record<DomainName, string> = { enterprise: "Enterprise", mobile: "Mobile", ics: "ICS" };

export const DOMAINS: readonly { value: DomainName; label: string }[] = (["enterprise", "mobile", "ics"] as const).map((value) => ({ value, label: DOMAIN_LABELS[value] }));

/** ATT&CK's names of what techniques run on, by domain; the server takes others too. ICS techniques name none. */
export const PLATFORMS_OF: Record<DomainName, readonly string[]> = {
  enterprise: ["Windows", "Linux", "macOS", "Containers", "ESXi", "IaaS", "Identity Provider", "Network Devices", "Office Suite", "PRE", "SaaS"],
  mobile: ["Android", "iOS"],
  ics: [],
};

/** Those of all domains. */
export const PLATFORMS: readonly string[] = Object.values(PLATFORMS_OF).flat();
