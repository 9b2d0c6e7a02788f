import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { MoreHorizontal } from "lucide-react";
import { useCan } from "@/api/me";
import type { DomainName } from "@/api/techniques";
import { Markdown } from "@/components/markdown/markdown";
import { LoadingState } from "@/components/states/loading-state";
import { QueryView } from "@/components/states/query-view";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Copyable } from "@/components/ui/copyable";
import { Menu, MenuItem } from "@/components/ui/menu";
import { PageHeader } from "@/components/ui/page-header";
import { toast } from "@/components/ui/toast";
import { actorQuery, useDeleteActor, type ActorDetail, type ActorScope } from "@/features/threat-actors/api";
import { ActorCoverageCard } from "@/features/threat-actors/components/actor-coverage";
import { ActorDialog } from "@/features/threat-actors/components/actor-dialog";
import { ActorFacts, CampaignsCard, ReferencesCard, SoftwareCard } from "@/features/threat-actors/components/actor-facts";
import { GapsCard } from "@/features/threat-actors/components/gaps-card";
import { UseDialog } from "@/features/threat-actors/components/use-dialog";
import { UsesCard } from "@/features/threat-actors/components/uses-card";
import { domainsOf, usedTechniques } from "@/features/threat-actors/lib/uses";
import { useHashScroll } from "@/hooks/use-hash-scroll";
import { usePageTitle } from "@/hooks/use-page-title";

export function ActorPage({ actorId }: { actorId: string }) {
  const [params, setParams] = useSearchParams();
  const scope: ActorScope = { software: params.get("software") === "true", platforms: params.getAll("platform") };
  const actor = useQuery(actorQuery(actorId, scope));
  usePageTitle(actor.data && `${actor.data.attack_id} · ${actor.data.name}`);
  function setScope(next: ActorScope) {
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        after.delete("software");
        after.delete("platform");
        if (next.software) after.set("software", "true");
        for (const platform of next.platforms) after.append("platform", platform);
        return after;
      },
      { replace: true },
    );
  }
  return (
    <QueryView
      query={actor}
      what="The actor"
      loading={
        <>
          <PageHeader title="Threat actor" />
          <LoadingState lines={14} label="Loading the actor" />
        </>
      }
    >
      {(data) => <ActorView actor={data} scope={scope} onScope={setScope} />}
    </QueryView>
  );
}

type Asking = "edit" | "delete" | "use" | null;

function ActorView({ actor, scope, onScope }: { actor: ActorDetail; scope: ActorScope; onScope: (scope: ActorScope) => void }) {
  const mayEdit = useCan("technique:curate");
  const [asking, setAsking] = useState<Asking>(null);
  const techniques = usedTechniques(actor);
  const domains = domainsOf(techniques);
  const [chosen, setChosen] = useState<DomainName | null>(null);
  const domain = chosen ?? domains[0] ?? "enterprise";
  const here = techniques.filter((technique) => technique.domain === domain);
  const close = () => setAsking(null);
  useHashScroll();
  return (
    <>
      <PageHeader
        title={actor.name}
        meta={
          <>
            <Copyable value={actor.attack_id} label="id" className="text-sm! text-muted" />
            {actor.is_custom && <Badge tone="accent">Our own</Badge>}
            {actor.switched_off && <Badge>Switched off</Badge>}
            {actor.revoked && <Badge tone="warn">Revoked by MITRE</Badge>}
            {actor.deprecated && <Badge tone="warn">Given up by MITRE</Badge>}
          </>
        }
        actions={
          mayEdit && (
            <>
              <Button onClick={() => setAsking("edit")}>{actor.is_custom ? "Change" : "Sectors and notes"}</Button>
              <Button onClick={() => setAsking("use")}>Add a technique</Button>
              {actor.is_custom && (
                <Menu
                  trigger={
                    <Button variant="ghost" size="icon" aria-label="More actions">
                      <MoreHorizontal aria-hidden className="size-4" />
                    </Button>
                  }
                >
                  <MenuItem danger onSelect={() => setAsking("delete")}>
                    Delete
                  </MenuItem>
                </Menu>
              )}
            </>
          )
        }
      />
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="min-w-0 space-y-4">
          <ActorCoverageCard actor={actor} techniques={here} domains={domains} domain={domain} onDomain={setChosen} scope={scope} onScope={onScope} />
          <GapsCard techniques={here} />
          <UsesCard actor={actor} techniques={here} />
          {actor.description && (
            <Card title="Description">
              <Markdown>{actor.description}</Markdown>
            </Card>
          )}
          <ReferencesCard actor={actor} />
        </div>
        <div className="min-w-0 space-y-4">
          <ActorFacts actor={actor} />
          <CampaignsCard actor={actor} />
          <SoftwareCard actor={actor} />
        </div>
      </div>
      {asking === "edit" && <ActorDialog actor={actor} onClose={close} />}
      {asking === "use" && <UseDialog actor={actor} onClose={close} />}
      {asking === "delete" && <DeleteDialog actor={actor} onClose={close} />}
    </>
  );
}

function DeleteDialog({ actor, onClose }: { actor: ActorDetail; onClose: () => void }) {
  const navigate = useNavigate();
  const remove = useDeleteActor(actor.id);
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Delete ${actor.name}`}
      confirmLabel="Delete"
      danger
      pending={remove.isPending}
      error={remove.error}
      onConfirm={() =>
        remove.mutate(undefined, {
          onSuccess: () => {
            toast(`${actor.name} is deleted.`);
            void navigate("/threat-actors");
          },
        })
      }
    >
      <p>The actor and what we said of its techniques leave the catalogue. Tests stay as they are.</p>
    </ConfirmDialog>
  );
}
