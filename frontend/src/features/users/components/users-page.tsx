import { useMemo, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { DataTable } from "@/components/data-table/data-table";
import { FilterBar, SearchField } from "@/components/data-table/filter-bar";
import { useTableParams } from "@/components/data-table/use-table-params";
import { EmptyState } from "@/components/states/empty-state";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { PageHeader } from "@/components/ui/page-header";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import type { Role } from "@/api/me";
import { ROLE_OPTIONS } from "@/lib/roles";
import { useDeactivateUser, useEndSessions, useResetUser, usersQuery, useUpdateUser, type OneTimeLink, type User } from "@/features/users/api";
import { CreateUserDialog } from "@/features/users/components/create-user-dialog";
import { EditUserDialog } from "@/features/users/components/edit-user-dialog";
import { LinkDialog } from "@/features/users/components/link-dialog";
import { RoleChanges } from "@/features/users/components/role-changes";
import { userColumns } from "@/features/users/components/user-columns";

type Asking = { kind: "reset" | "signOut" | "deactivate" | "reactivate"; user: User } | null;

const QUESTIONS = {
  reset: {
    title: "New password link",
    confirm: "Make a link",
    text: "The present password stops working and every session ends once the link is used.",
  },
  signOut: {
    title: "End sessions",
    confirm: "End sessions",
    text: "The person has to sign in again in every browser. Access tokens go on.",
  },
  deactivate: {
    title: "Deactivate",
    confirm: "Deactivate",
    text: "Sessions and access tokens end at once. The name stays in the record; the account can be activated again.",
  },
  reactivate: { title: "Activate again", confirm: "Activate", text: "The person can sign in again with the former password and role." },
};

const roleOf = (value: string): Role | undefined => ROLE_OPTIONS.find((option) => option.value === value)?.value as Role | undefined;

export function UsersPage() {
  const { table, get, setFilter, setSort, setOffset, setLimit, clear } = useTableParams();
  const q = get("q");
  const role = roleOf(get("role"));
  const active = get("active");
  const users = useQuery(
    usersQuery({
      limit: table.limit,
      offset: table.offset,
      ...(q && { q }),
      ...(role && { role: [role] }),
      ...(active && { is_active: active === "yes" }),
    }),
  );
  const [creating, setCreating] = useState(false);
  const [editing, setEditing] = useState<User | null>(null);
  const [asking, setAsking] = useState<Asking>(null);
  const [shown, setShown] = useState<{ username: string; link: OneTimeLink } | null>(null);
  const reset = useResetUser();
  const deactivate = useDeactivateUser();
  const update = useUpdateUser();
  const signOut = useEndSessions();
  const acts = [reset, signOut, deactivate, update];

  function ask(kind: NonNullable<Asking>["kind"], user: User) {
    for (const act of acts) act.reset();
    setAsking({ kind, user });
  }
  function confirm({ kind, user }: NonNullable<Asking>) {
    const done =
      (text: string) =>
      ({ waits }: { waits: boolean }) => {
        setAsking(null);
        toast(waits ? `The change of ${user.username} waits for another administrator.` : text);
      };
    if (kind === "deactivate") deactivate.mutate(user.id, { onSuccess: done(`${user.username} is deactivated.`) });
    else if (kind === "signOut") signOut.mutate(user.id, { onSuccess: done(`${user.username} is signed out everywhere.`) });
    else if (kind === "reactivate") update.mutate({ id: user.id, body: { is_active: true } }, { onSuccess: done(`${user.username} is active again.`) });
    else
      reset.mutate(user.id, {
        onSuccess: ({ one_time_link: link }) => {
          setAsking(null);
          setShown({ username: user.username, link });
        },
      });
  }
  const columns = useMemo(
    () =>
      userColumns({
        edit: setEditing,
        reset: (user) => ask("reset", user),
        signOut: (user) => ask("signOut", user),
        deactivate: (user) => ask("deactivate", user),
        reactivate: (user) => ask("reactivate", user),
      }),
    // The handlers only set state.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [],
  );
  const filtered = Boolean(q || role || active);
  return (
    <>
      <PageHeader
        title="Users"
        description="Who may sign in, and as what. A leaver is deactivated, never deleted."
        actions={
          <Button variant="primary" onClick={() => setCreating(true)}>
            New user
          </Button>
        }
      />
      <RoleChanges />
      <Card flush>
        <FilterBar onClear={filtered ? clear : undefined}>
          <SearchField label="Search users" value={q} onChange={(value) => setFilter("q", value)} />
          <Select aria-label="Role" className="w-40!" placeholder="Any role" options={ROLE_OPTIONS} value={role ?? ""} onChange={(event) => setFilter("role", event.target.value)} />
          <Select
            aria-label="Account"
            className="w-36!"
            placeholder="Any account"
            options={[
              { value: "yes", label: "Active" },
              { value: "no", label: "Deactivated" },
            ]}
            value={active}
            onChange={(event) => setFilter("active", event.target.value)}
          />
        </FilterBar>
        <DataTable
          caption="Users"
          columns={columns}
          query={users}
          rowId={(user) => user.id}
          params={table}
          onSort={setSort}
          onOffset={setOffset}
          onLimit={setLimit}
          onRowClick={setEditing}
          empty={<EmptyState title="No user matches">Clear the filters to see everybody.</EmptyState>}
        />
      </Card>
      <CreateUserDialog open={creating} onOpenChange={setCreating} onLink={(username, link) => setShown({ username, link })} />
      {editing && <EditUserDialog key={editing.id} user={editing} onClose={() => setEditing(null)} />}
      {asking && (
        <ConfirmDialog
          open
          onOpenChange={() => setAsking(null)}
          title={`${QUESTIONS[asking.kind].title}: ${asking.user.username}`}
          confirmLabel={QUESTIONS[asking.kind].confirm}
          danger={asking.kind === "deactivate"}
          pending={acts.some((act) => act.isPending)}
          error={acts.find((act) => act.error)?.error}
          onConfirm={() => confirm(asking)}
        >
          <p>{QUESTIONS[asking.kind].text}</p>
        </ConfirmDialog>
      )}
      <LinkDialog username={shown?.username ?? ""} link={shown?.link ?? null} onClose={() => setShown(null)} />
    </>
  );
}
