import { useState } from "react";
import { useNavigate } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { Popover } from "radix-ui";
import { Bell } from "lucide-react";
import { notificationsQuery, useMarkRead, type Notification } from "@/api/notifications";
import { EmptyState } from "@/components/states/empty-state";
import { InlineError } from "@/components/states/inline-error";
import { QueryView } from "@/components/states/query-view";
import { Button } from "@/components/ui/button";
import { RelativeTime } from "@/components/ui/relative-time";
import { cn } from "@/lib/cn";

function Item({ item, onOpen }: { item: Notification; onOpen: (item: Notification) => void }) {
  return (
    <li>
      <button type="button" onClick={() => onOpen(item)} className="flex w-full items-start gap-2.5 px-3 py-2 text-left hover:bg-hover">
        <span aria-hidden className={cn("mt-1.5 size-1.5 shrink-0 rounded-full", item.read_at ? "bg-transparent" : "bg-accent")} />
        <span className="min-w-0 flex-1">
          <span className={cn("block text-sm", !item.read_at && "font-medium")}>
            {!item.read_at && <span className="sr-only">Unread: </span>}
            {item.title}
          </span>
          {item.body && <span className="block text-xs text-muted">{item.body}</span>}
          <RelativeTime value={item.created_at} className="text-xs text-muted" />
        </span>
      </button>
    </li>
  );
}

export function NotificationBell() {
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const unread = useQuery(notificationsQuery(true));
  const list = useQuery({ ...notificationsQuery(false), enabled: open });
  const mark = useMarkRead();
  const count = unread.data?.total ?? 0;

  function openItem(item: Notification) {
    if (!item.read_at) mark.mutate(item.id);
    setOpen(false);
    if (item.link.startsWith("/")) void navigate(item.link);
  }
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <Button variant="ghost" size="icon" className="relative" aria-label={count > 0 ? `Notifications, ${count} unread` : "Notifications"}>
          <Bell aria-hidden className="size-4" />
          {count > 0 && (
            <span aria-hidden className="absolute top-0 right-0 h-3.5 min-w-3.5 rounded-full bg-accent px-1 text-center text-[10px] leading-3.5 font-semibold text-accent-fg">
              {count > 99 ? "99+" : count}
            </span>
          )}
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          aria-label="Notifications"
          className="z-50 flex max-h-[70vh] w-[min(24rem,calc(100vw-1rem))] flex-col rounded-lg border border-line-strong/50 bg-raised animate-in"
        >
          <div className="flex h-10 shrink-0 items-center justify-between border-b pr-2 pl-3">
            <h2 className="text-sm font-semibold">Notifications</h2>
            {count > 0 && (
              <Button variant="ghost" size="sm" pending={mark.isPending} onClick={() => mark.mutate(null)}>
                Mark all read
              </Button>
            )}
          </div>
          <div className="min-h-0 overflow-y-auto">
            <InlineError error={mark.error} />
            <QueryView
              query={list}
              what="The notifications"
              loading={<p className="p-4 text-sm text-muted">Loading…</p>}
              isEmpty={(page) => page.items.length === 0}
              empty={<EmptyState title="Nothing for you yet">You are told here when a test waits for you.</EmptyState>}
            >
              {(page) => (
                <ul className="divide-y">
                  {page.items.map((item) => (
                    <Item key={item.id} item={item} onOpen={openItem} />
                  ))}
                </ul>
              )}
            </QueryView>
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
