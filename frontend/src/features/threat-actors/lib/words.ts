import type { DomainName } from "@/api/techniques";

export const DOMAIN_LABELS: Record<DomainName, string> = { enterprise: "Enterprise", mobile: "Mobile", ics: "ICS" };

/** "energy, transport" as the server wants it. */
export function splitWords(text: string): string[] {
  return [...new Set(text.split(",").map((word) => word.trim()))].filter(Boolean);
}
