import { useSyncExternalStore } from "react";

/** A filtered list under a name: the query part of the address is all there is to it. */
export interface SavedView {
  name: string;
  query: string;
}

export const BUILT_IN: readonly SavedView[] = [
  { name: "Waiting for me", query: "waiting_for=me&sort=state_since" },
  { name: "Mine", query: "mine=true" },
  { name: "In review", query: "state=in_review&sort=state_since" },
  { name: "Missed", query: "detection=not_detected&state=validated" },
  { name: "Rejected", query: "state=rejected" },
  { name: "Archived", query: "archived=true" },
];

const listeners = new Set<() => void>();
let cache: { text: string | null; value: unknown } = { text: null, value: null };

function read(key: string): unknown {
  const text = localStorage.getItem(key);
  if (text !== cache.text) {
    let value: unknown = null;
    try {
      value = text === null ? null : JSON.parse(text);
    } catch {
      // Somebody else's text under our key: as if nothing were kept.
    }
    cache = { text, value };
  }
  return cache.value;
}

function isView(item: unknown): item is SavedView {
  return typeof item === "object" && item !== null && "name" in item && "query" in item && typeof item.name === "string" && typeof item.query === "string";
}

interface Kept {
  views: SavedView[];
  /** Null until the person chose columns. */
  hidden: string[] | null;
}

let known: { from: unknown; kept: Kept } = { from: undefined, kept: { views: [], hidden: null } };

function keptIn(key: string): Kept {
  const value = read(key);
  if (known.from !== value) {
    const record = typeof value === "object" && value !== null ? value : {};
    const views = "views" in record && Array.isArray(record.views) ? record.views.filter(isView) : [];
    const hidden = "hidden" in record && Array.isArray(record.hidden) ? record.hidden.filter((item) => typeof item === "string") : null;
    known = { from: value, kept: { views, hidden } };
  }
  return known.kept;
}

/**
 * Own filters and column choice of the list of tests. They are a convenience of this browser, apart for each person;
 * the filters themselves live in the address.
 */
export function useListPreferences(userId: string) {
  const key = `aegis-tests-${userId}`;
  const kept = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => keptIn(key),
  );
  const write = (next: Kept) => {
    localStorage.setItem(key, JSON.stringify(next));
    for (const listener of listeners) listener();
  };
  return {
    ...kept,
    save: (view: SavedView) => write({ ...kept, views: [...kept.views.filter((item) => item.name !== view.name), view] }),
    forget: (name: string) => write({ ...kept, views: kept.views.filter((item) => item.name !== name) }),
    setHidden: (hidden: string[]) => write({ ...kept, hidden }),
  };
}
