import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { Outlet, useLocation, useNavigate, useNavigation } from "react-router";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { meQuery } from "@/api/me";
import { onSessionEnd } from "@/api/session";
import { loginPath } from "@/app/guard";
import { Banners } from "@/app/layouts/banners";
import { Header } from "@/app/layouts/header";
import { Sidebar } from "@/app/layouts/sidebar";
import { useCurrentPage } from "@/app/layouts/use-current-page";
import { useShortcuts } from "@/app/layouts/use-shortcuts";
import { useTitle } from "@/hooks/use-title";

/** Moves the focus to the new page's heading, so that screen readers and keys start there. */
function useFocusOnNavigation(main: React.RefObject<HTMLElement | null>): void {
  const { pathname } = useLocation();
  const previous = useRef(pathname);
  useEffect(() => {
    if (previous.current === pathname) return;
    previous.current = pathname;
    main.current?.scrollTo({ top: 0 });
    (main.current?.querySelector<HTMLElement>("h1") ?? main.current)?.focus({ preventScroll: true });
  }, [pathname, main]);
}

function useLeaveOnSessionEnd(): void {
  const client = useQueryClient();
  const navigate = useNavigate();
  const location = useLocation();
  useEffect(
    () =>
      onSessionEnd(() => {
        void navigate(loginPath(location.pathname, location.search), { replace: true });
        client.clear();
      }),
    [client, navigate, location.pathname, location.search],
  );
}

function useLiveUpdates(signedIn: boolean): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!signedIn) return undefined;
    const stop = new AbortController();
    // Not part of the first load: nothing waits for it.
    void import("@/api/live").then(({ startLive }) => {
      if (!stop.signal.aborted) startLive(client, stop.signal);
    });
    return () => stop.abort();
  }, [client, signedIn]);
}

// Fetched when first asked for: the first load stays small.
const CommandPalette = lazy(async () => ({ default: (await import("@/app/layouts/command-palette")).CommandPalette }));
const ShortcutHelp = lazy(async () => ({ default: (await import("@/app/layouts/shortcut-help")).ShortcutHelp }));

export function AppFrame() {
  const main = useRef<HTMLElement>(null);
  const { data: me } = useQuery(meQuery());
  const [menuOpen, setMenuOpen] = useState(false);
  const [paletteOpen, setPaletteOpen] = useState(false);
  const [helpOpen, setHelpOpen] = useState(false);
  const navigation = useNavigation();
  const { title } = useCurrentPage();
  useTitle(title);
  useFocusOnNavigation(main);
  useLeaveOnSessionEnd();
  useLiveUpdates(me !== undefined);
  useShortcuts({ openPalette: () => setPaletteOpen(true), openHelp: () => setHelpOpen(true) });
  // Between the end of a session and the login page there is nobody to show anything to.
  if (!me) return null;
  return (
    <div className="flex h-dvh overflow-hidden print:h-auto print:overflow-visible">
      <a href="#main" className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-accent-fg focus:not-sr-only focus:fixed focus:top-2 focus:left-2">
        Skip to content
      </a>
      <Sidebar open={menuOpen} onClose={() => setMenuOpen(false)} />
      <div className="flex min-w-0 flex-1 flex-col">
        <Header onOpenMenu={() => setMenuOpen(true)} onOpenSearch={() => setPaletteOpen(true)} onOpenHelp={() => setHelpOpen(true)} />
        <Banners />
        <main
          id="main"
          ref={main}
          tabIndex={-1}
          aria-busy={navigation.state === "loading"}
          className="min-h-0 flex-1 overflow-y-auto px-4 py-4 outline-none md:px-6 print:overflow-visible"
        >
          <Outlet />
        </main>
      </div>
      <Suspense fallback={null}>
        {paletteOpen && <CommandPalette open onOpenChange={setPaletteOpen} />}
        {helpOpen && <ShortcutHelp open onOpenChange={setHelpOpen} />}
      </Suspense>
    </div>
  );
}
