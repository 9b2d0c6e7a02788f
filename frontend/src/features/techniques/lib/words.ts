/** What the organisation can expect of a technique, in words. */
export const EXPECTATIONS = { prevented: "Prevented", detected: "Detected by an alert", logged: "Logged" } as const;

export const DOMAIN_LABELS = { enterprise: "Enterprise", mobile: "Mobile", ics: "ICS" } as const;

const SOURCES: Partial<Record<string, string>> = {
  mitre_attack: "MITRE ATT&CK",
  mitre_cti: "MITRE CTI",
  atomic_red_team: "Atomic Red Team",
  custom: "Our own",
};

export const sourceLabel = (source: string): string => SOURCES[source] ?? source;

export const PRIORITIES = [
  { value: "0", label: "0, highest" },
  { value: "1", label: "1" },
  { value: "2", label: "2" },
  { value: "3", label: "3, lowest" },
] as const;
