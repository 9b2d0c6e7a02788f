import { useQuery } from "@tanstack/react-query";
import { actorLookup, techniqueLookup, testLookup } from "@/api/lookups";
import { useMe } from "@/api/me";
import { signOut } from "@/api/sign-out";
import { PAGES } from "@/app/nav";
import { allowed } from "@/app/layouts/use-shortcuts";
import { useDebounced } from "@/hooks/use-debounced";
import { setTheme } from "@/lib/theme";

export interface PaletteEntry {
  id: string;
  label: string;
  kind: "Page" | "Technique" | "Test" | "Actor" | "Action";
  code?: string;
  to?: string;
  act?: () => void;
  keywords?: string;
}

const ACTIONS: PaletteEntry[] = [
  { id: "theme-dark", label: "Use the dark theme", kind: "Action", act: () => setTheme("dark"), keywords: "appearance" },
  { id: "theme-light", label: "Use the light theme", kind: "Action", act: () => setTheme("light"), keywords: "appearance" },
  { id: "theme-system", label: "Follow the system's theme", kind: "Action", act: () => setTheme("system"), keywords: "appearance" },
  { id: "sign-out", label: "Sign out", kind: "Action", act: () => void signOut(), keywords: "log out leave" },
];

function matches(entry: PaletteEntry, words: string[]): boolean {
  const text = `${entry.label} ${entry.keywords ?? ""}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** What the palette offers for the words typed so far: pages and actions at once, techniques, tests and actors from the server. */
export function usePaletteEntries(query: string): { entries: PaletteEntry[]; searching: boolean } {
  const { permissions } = useMe();
  const settled = useDebounced(query.trim(), 150);
  const asked = query.trim().length > 1;
  const techniques = useQuery(techniqueLookup(settled, asked));
  const tests = useQuery(testLookup(settled, asked));
  const actors = useQuery(actorLookup(settled, asked));
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);

  const pages = PAGES.filter((page) => !page.path.includes(":") && allowed(page, permissions)).map<PaletteEntry>((page) => ({
    id: page.path,
    label: page.title,
    kind: page.nav || page.path === "/profile" ? "Page" : "Action",
    to: page.path,
    keywords: page.keywords,
  }));
  const local = [...pages, ...ACTIONS].filter((entry) => matches(entry, words));
  if (!asked) return { entries: local, searching: false };
  const found: PaletteEntry[] = [
    ...(techniques.data?.items ?? []).map((item) => ({
      id: `technique-${item.attack_id}`,
      code: item.attack_id,
      label: item.name,
      kind: "Technique" as const,
      to: `/techniques/${item.attack_id}`,
    })),
    ...(tests.data?.items ?? []).map((item) => ({ id: `test-${item.id}`, code: item.number, label: item.name, kind: "Test" as const, to: `/tests/${item.id}` })),
    ...(actors.data?.items ?? []).map((item) => ({
      id: `actor-${item.id}`,
      code: item.attack_id,
      label: item.name,
      kind: "Actor" as const,
      to: `/threat-actors/${item.attack_id}`,
    })),
  ];
  return { entries: [...local, ...found], searching: techniques.isFetching || tests.isFetching || actors.isFetching };
}
