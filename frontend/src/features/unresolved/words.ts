import { formatCount, humanise } from "@/lib/format";
import { plural } from "@/lib/plural";
import type { UnresolvedId } from "@/features/unresolved/api";

const REASONS: Record<string, string> = {
  moved: "items named it before",
  redirect: "a source says so",
  revoked_by: "ATT&CK replaced it",
  split: "it was split",
  merge: "it was merged",
};

export function reasonLabel(candidate: UnresolvedId["candidates"][number]): string {
  const said = REASONS[candidate.reason] ?? humanise(candidate.reason).toLowerCase();
  return candidate.items > 0 ? `${said} (${formatCount(candidate.items)})` : said;
}

const KINDS = [
  ["templates", "template"],
  ["rules", "rule"],
  ["others", "other item"],
] as const;

/** "77 templates, 164 rules". */
export function itemsLine(item: UnresolvedId): string {
  return KINDS.filter(([name]) => item[name] > 0)
    .map(([name, word]) => plural(item[name], word))
    .join(", ");
}
