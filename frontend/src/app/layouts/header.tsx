import { Link } from "react-router";
import { Menu as MenuIcon, Search } from "lucide-react";
import { NotificationBell } from "@/app/layouts/notification-bell";
import { UserMenu } from "@/app/layouts/user-menu";
import { useCurrentPage } from "@/app/layouts/use-current-page";
import { Button } from "@/components/ui/button";
import { Kbd } from "@/components/ui/kbd";

interface HeaderProps {
  onOpenMenu: () => void;
  onOpenSearch: () => void;
  onOpenHelp: () => void;
}

const modifier = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘" : "Ctrl";

export function Header({ onOpenMenu, onOpenSearch, onOpenHelp }: HeaderProps) {
  const { title, parents } = useCurrentPage();
  return (
    <header data-print="hide" className="flex h-12 shrink-0 items-center gap-2 border-b bg-surface px-3 md:px-6">
      <Button variant="ghost" size="icon" aria-label="Open navigation" className="md:hidden" onClick={onOpenMenu}>
        <MenuIcon aria-hidden className="size-4" />
      </Button>
      <nav aria-label="Breadcrumb" className="min-w-0 flex-1">
        <ol className="flex items-center gap-1.5 text-sm">
          {parents.map((crumb) => (
            <li key={crumb.to} className="hidden shrink-0 items-center gap-1.5 text-muted sm:flex">
              <Link to={crumb.to} className="rounded-sm hover:text-fg hover:underline">
                {crumb.label}
              </Link>
              <span aria-hidden className="text-faint">
                /
              </span>
            </li>
          ))}
          <li aria-current="page" className="truncate font-medium">
            {title}
          </li>
        </ol>
      </nav>
      <button
        type="button"
        onClick={onOpenSearch}
        aria-keyshortcuts="Control+K Meta+K"
        className="flex h-7.5 items-center gap-2 rounded-md border border-line-strong/50 px-2 text-sm text-muted hover:border-line-strong hover:text-fg sm:w-56"
      >
        <Search aria-hidden className="size-3.5" />
        <span className="sr-only flex-1 text-left sm:not-sr-only">
          Search<span className="sr-only"> and commands</span>
        </span>
        <span aria-hidden className="hidden gap-0.5 sm:flex">
          <Kbd>{modifier}</Kbd>
          <Kbd>K</Kbd>
        </span>
      </button>
      <NotificationBell />
      <UserMenu onOpenHelp={onOpenHelp} />
    </header>
  );
}
