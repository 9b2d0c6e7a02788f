import { useState } from "react";
import { NavLink } from "react-router";
import { PanelLeftClose, PanelLeftOpen, X } from "lucide-react";
import { NAV_SECTIONS, type PageEntry } from "@/app/nav";
import { useNavPages } from "@/app/layouts/use-shortcuts";
import { BrandMark } from "@/components/brand";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";

interface SidebarProps {
  /** Whether it covers the page on a narrow screen. */
  open: boolean;
  onClose: () => void;
}

const iconButton = "inline-flex size-7 shrink-0 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-fg";

function NavItem({ page, narrow, onClose }: { page: PageEntry; narrow: boolean; onClose: () => void }) {
  const Icon = page.nav?.icon;
  const link = (
    <NavLink
      to={page.nav?.to ?? page.path}
      end
      onClick={onClose}
      aria-label={narrow ? page.title : undefined}
      className={({ isActive }) =>
        cn(
          "flex h-7.5 items-center gap-2.5 rounded-md px-2 text-sm",
          isActive ? "bg-selected font-medium text-fg" : "text-muted hover:bg-hover hover:text-fg",
        )
      }
    >
      {Icon && <Icon aria-hidden className="size-4 shrink-0" strokeWidth={1.75} />}
      {!narrow && <span className="truncate">{page.title}</span>}
    </NavLink>
  );
  return narrow ? (
    <Tooltip content={page.title} side="right">
      {link}
    </Tooltip>
  ) : (
    link
  );
}

export function Sidebar({ open, onClose }: SidebarProps) {
  const [collapsed, setCollapsed] = useState(false);
  const pages = useNavPages();
  const narrow = collapsed && !open;
  const Toggle = narrow ? PanelLeftOpen : PanelLeftClose;
  return (
    <>
      {open && <button type="button" aria-label="Close navigation" onClick={onClose} className="fixed inset-0 z-30 bg-scrim md:hidden" />}
      <aside
        data-print="hide"
        className={cn(
          "z-40 shrink-0 flex-col border-r bg-surface",
          open ? "fixed inset-y-0 left-0 flex w-60" : "hidden md:flex",
          !open && (narrow ? "w-13" : "w-52"),
        )}
      >
        <div className={cn("flex h-12 items-center border-b", narrow ? "justify-center" : "justify-between pr-2 pl-4")}>
          {!narrow && (
            <span className="flex items-center gap-2 font-semibold tracking-tight">
              <BrandMark />
              Aegis
            </span>
          )}
          {open ? (
            <button type="button" aria-label="Close navigation" onClick={onClose} className={iconButton}>
              <X aria-hidden className="size-4" />
            </button>
          ) : (
            <button
              type="button"
              aria-label={narrow ? "Widen navigation" : "Narrow navigation"}
              aria-expanded={!narrow}
              onClick={() => setCollapsed(!collapsed)}
              className={iconButton}
            >
              <Toggle aria-hidden className="size-4" />
            </button>
          )}
        </div>
        <nav aria-label="Main" className="min-h-0 flex-1 overflow-y-auto px-2 py-3">
          {NAV_SECTIONS.map((section) => {
            const entries = pages.filter((page) => page.nav?.section === section.id);
            if (entries.length === 0) return null;
            return (
              <div key={section.id} className="mb-4">
                {section.label && !narrow && <h2 className="label-caps mb-1 px-2">{section.label}</h2>}
                {section.label && narrow && <hr className="mx-2 mb-2" />}
                <ul className="space-y-px">
                  {entries.map((page) => (
                    <li key={page.path}>
                      <NavItem page={page} narrow={narrow} onClose={onClose} />
                    </li>
                  ))}
                </ul>
              </div>
            );
          })}
        </nav>
      </aside>
    </>
  );
}
