import type { ReactNode } from "react";
import { useMe } from "@/api/me";
import { ForbiddenPage } from "@/app/error-pages";
import type { PageEntry } from "@/app/nav";

/** Shows a page, or in its place why it is closed to this person. */
export function Permitted({ page, children }: { page: PageEntry; children: ReactNode }) {
  const me = useMe();
  const { permission } = page;
  if (permission && !me.permissions.includes(permission)) return <ForbiddenPage title={page.title} />;
  return children;
}
