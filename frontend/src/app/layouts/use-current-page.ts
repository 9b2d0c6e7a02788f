import { matchPath, useLocation } from "react-router";
import { PAGES, type PageEntry } from "@/app/nav";
import { useCurrentPageTitle } from "@/hooks/use-page-title";

export interface Crumb {
  label: string;
  to: string;
}

/** The entry of the registry that the address shows, exact paths before those with parameters. */
export function pageOf(pathname: string): PageEntry | undefined {
  const hits = PAGES.filter((page) => matchPath(page.path, pathname));
  return hits.find((page) => !page.path.includes(":")) ?? hits[0];
}

export function useCurrentPage(): { page: PageEntry | undefined; title: string; parents: Crumb[] } {
  const { pathname } = useLocation();
  const named = useCurrentPageTitle();
  const page = pageOf(pathname);
  const parents: Crumb[] = [];
  for (let up = page?.parent; up; ) {
    const above = PAGES.find((other) => other.path === up);
    if (above) parents.unshift({ label: above.title, to: above.path });
    up = above?.parent;
  }
  return { page, title: named ?? page?.title ?? "Not found", parents };
}
