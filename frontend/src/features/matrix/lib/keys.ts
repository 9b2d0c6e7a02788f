import type { Direction } from "@/features/matrix/lib/layout";

const DIRECTIONS: Partial<Record<string, Direction>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
  Home: "first-column",
  End: "last-column",
  PageUp: "page-up",
  PageDown: "page-down",
};

interface Key {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** The keys of an ARIA grid. Control with Home or End goes to the very first or last cell. */
export function directionOf({ key, ctrlKey, metaKey, altKey }: Key): Direction | undefined {
  if (altKey || metaKey) return undefined;
  if (ctrlKey) return key === "Home" ? "first" : key === "End" ? "last" : undefined;
  return DIRECTIONS[key];
}
