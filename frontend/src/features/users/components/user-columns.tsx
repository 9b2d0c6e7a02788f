import type { ColumnDef } from "@tanstack/react-table";
import { MoreHorizontal } from "lucide-react";
import { RoleTag } from "@/components/status/role-tag";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { RelativeTime } from "@/components/ui/relative-time";
import type { User } from "@/features/users/api";

export interface UserActions {
  edit: (user: User) => void;
  reset: (user: User) => void;
  signOut: (user: User) => void;
  deactivate: (user: User) => void;
  reactivate: (user: User) => void;
}

function RowMenu({ user, actions }: { user: User; actions: UserActions }) {
  return (
    <Menu
      trigger={
        <Button variant="ghost" size="sm" aria-label={`Actions for ${user.username}`}>
          <MoreHorizontal aria-hidden className="size-4" />
        </Button>
      }
    >
      <MenuItem onSelect={() => actions.edit(user)}>Edit</MenuItem>
      <MenuItem onSelect={() => actions.reset(user)} disabled={!user.is_active}>
        New password link
      </MenuItem>
      <MenuItem onSelect={() => actions.signOut(user)} disabled={!user.is_active}>
        End sessions
      </MenuItem>
      <MenuSeparator />
      {user.is_active ? (
        <MenuItem danger onSelect={() => actions.deactivate(user)}>
          Deactivate
        </MenuItem>
      ) : (
        <MenuItem onSelect={() => actions.reactivate(user)}>Activate again</MenuItem>
      )}
    </Menu>
  );
}

export function userColumns(actions: UserActions): ColumnDef<User>[] {
  return [
    {
      id: "username",
      header: "User",
      cell: ({ row: { original: user } }) => (
        <button type="button" onClick={() => actions.edit(user)} className="rounded-sm text-left font-medium hover:underline">
          {user.username}
          {user.full_name && <span className="ml-2 font-normal text-muted">{user.full_name}</span>}
        </button>
      ),
    },
    { id: "email", header: "E-mail", meta: { className: "text-muted" }, cell: ({ row }) => row.original.email ?? "–" },
    { id: "role", header: "Role", cell: ({ row }) => <RoleTag role={row.original.role} /> },
    {
      id: "flags",
      header: "Account",
      cell: ({ row: { original: user } }) => (
        <span className="flex gap-1.5">
          {user.is_active ? <span className="text-muted">Active</span> : <Badge>Deactivated</Badge>}
          {user.auditor && <Badge tone="accent">Auditor</Badge>}
          {user.must_change_password && <Badge tone="warn">Must change password</Badge>}
        </span>
      ),
    },
    {
      id: "last_login_at",
      header: "Last sign-in",
      meta: { className: "whitespace-nowrap text-muted" },
      cell: ({ row }) => (row.original.last_login_at ? <RelativeTime value={row.original.last_login_at} /> : "Never"),
    },
    {
      id: "actions",
      header: () => <span className="sr-only">Actions</span>,
      meta: { align: "right", className: "w-12" },
      cell: ({ row }) => <RowMenu user={row.original} actions={actions} />,
    },
  ];
}
