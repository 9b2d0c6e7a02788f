import { useEffect, useRef } from "react";
import { useNavigate } from "react-router";
import { useMe, type Permission } from "@/api/me";
import { PAGES, type PageEntry } from "@/app/nav";

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

export function allowed(page: PageEntry, permissions: readonly Permission[]): boolean {
  return !page.permission || permissions.includes(page.permission);
}

/** Focuses the page's own search field (marked `data-search`); false when it has none. */
function focusSearch(): boolean {
  const field = document.querySelector<HTMLElement>("main [data-search]");
  field?.focus();
  return field !== null;
}

/** The keys that work everywhere: Ctrl/⌘ K, /, ?, and g followed by a page's letter. */
export function useShortcuts({ openPalette, openHelp }: { openPalette: () => void; openHelp: () => void }): void {
  const navigate = useNavigate();
  const afterG = useRef(0);
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        openPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('[role="dialog"]')) return;
      if (Date.now() - afterG.current < 1200) {
        afterG.current = 0;
        const page = PAGES.find((entry) => entry.nav?.key === event.key);
        if (page) {
          event.preventDefault();
          void navigate(page.nav?.to ?? page.path);
          return;
        }
      }
      if (event.key === "g") afterG.current = Date.now();
      else if (event.key === "?") openHelp();
      else if (event.key === "/") {
        event.preventDefault();
        if (!focusSearch()) openPalette();
      }
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [navigate, openPalette, openHelp]);
}

/** The pages of the sidebar that this person may open. */
export function useNavPages(): PageEntry[] {
  const { permissions } = useMe();
  return PAGES.filter((page) => page.nav && allowed(page, permissions));
}
