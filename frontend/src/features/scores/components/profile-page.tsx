import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import { EmptyState } from "@/components/states/empty-state";
import { QueryView } from "@/components/states/query-view";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Checkbox } from "@/components/ui/checkbox";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { PageHeader } from "@/components/ui/page-header";
import { toast } from "@/components/ui/toast";
import { profileQuery, useSetProfile, type ProfileEntry } from "@/features/scores/api";
import { ProfileDialog } from "@/features/scores/components/profile-dialog";
import { ProfileTable } from "@/features/scores/components/profile-table";
import { withEntry } from "@/features/scores/lib/profile";

interface Editing {
  kind: "actor" | "technique";
  entry: ProfileEntry | null;
}

/** Which actors and techniques matter to us: the headline score and every "top actors" list rest on this alone. */
export function ProfilePage() {
  const [history, setHistory] = useState(false);
  const profile = useQuery(profileQuery(history));
  const mayDecide = useCan("threat_profile:decide");
  const [editing, setEditing] = useState<Editing | null>(null);
  const [ending, setEnding] = useState<ProfileEntry | null>(null);
  const save = useSetProfile();
  const entries = (profile.data?.items ?? []).filter((entry) => entry.in_force);
  return (
    <>
      <PageHeader
        title="Threat Profile"
        description="Which actors and techniques matter to us. The organisation's headline score and the lists of top actors rest on this alone."
        actions={
          mayDecide && (
            <>
              <Button onClick={() => setEditing({ kind: "technique", entry: null })}>Add a technique</Button>
              <Button variant="primary" onClick={() => setEditing({ kind: "actor", entry: null })}>
                Add an actor
              </Button>
            </>
          )
        }
      />
      <Card flush actions={<Checkbox label="With what has ended" checked={history} onChange={(event) => setHistory(event.target.checked)} />}>
        <QueryView
          query={profile}
          what="The threat profile"
          isEmpty={(data) => data.total === 0}
          empty={<EmptyState title="Nobody has said yet who matters to us">Without a profile the headline score counts every technique that is in scope alike.</EmptyState>}
        >
          {(data) => <ProfileTable entries={data.items} onEdit={mayDecide ? (entry) => setEditing({ kind: entry.kind, entry }) : undefined} onEnd={mayDecide ? setEnding : undefined} />}
        </QueryView>
      </Card>
      {editing && <ProfileDialog {...editing} entries={entries} onClose={() => setEditing(null)} />}
      {ending && (
        <ConfirmDialog
          open
          title={`Take ${ending.name} out of the profile?`}
          confirmLabel="Take out"
          pending={save.isPending}
          error={save.error}
          onOpenChange={() => setEnding(null)}
          onConfirm={() =>
            save.mutate(
              { items: withEntry(entries, ending, null), reason: "" },
              {
                onSuccess: () => {
                  toast("The threat profile is changed.");
                  setEnding(null);
                },
              },
            )
          }
        >
          It stays in the history with its dates. Scores follow at once.
        </ConfirmDialog>
      )}
    </>
  );
}
