import type { ToolCreate } from "@/features/organisation/api";

export type ToolKind = NonNullable<ToolCreate["kind"]>;

export const TOOL_KINDS: Record<Exclude<ToolKind, "">, string> = {
  edr: "Endpoint detection (EDR)",
  av: "Antivirus",
  siem: "SIEM",
  ndr: "Network detection (NDR)",
  firewall: "Firewall",
  proxy: "Web proxy",
  email: "Mail gateway",
  identity: "Identity",
  cloud: "Cloud",
  other: "Other",
};

export const KIND_OPTIONS = Object.entries(TOOL_KINDS).map(([value, label]) => ({ value, label }));

export function kindOf(value: string): ToolKind {
  return (Object.keys(TOOL_KINDS) as ToolKind[]).find((kind) => kind === value) ?? "";
}

export function kindLabel(value: string): string {
  const kind = kindOf(value);
  return kind === "" ? "–" : TOOL_KINDS[kind];
}
