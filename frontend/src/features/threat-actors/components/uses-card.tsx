import { useState } from "react";
import { Link } from "react-router";
import { useCan } from "@/api/me";
import { SearchField } from "@/components/data-table/filter-bar";
import { Markdown } from "@/components/markdown/markdown";
import { CoverageBadge } from "@/components/status/coverage-badge";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { toast } from "@/components/ui/toast";
import { useDeleteUse, type ActorDetail, type ActorUse } from "@/features/threat-actors/api";
import { UseDialog } from "@/features/threat-actors/components/use-dialog";
import type { UsedTechnique } from "@/features/threat-actors/lib/uses";
import { cn } from "@/lib/cn";
import { formatCount, humanise } from "@/lib/format";
import { sourceLabel } from "@/lib/sources";

const COLUMNS = [
  { head: "Technique", width: "w-48" },
  { head: "Tactics", width: "w-32" },
  { head: "Status", width: "w-36" },
  { head: "How", width: "" },
] as const;

type Asking = { kind: "edit" | "delete"; use: ActorUse } | null;

/** Every technique with how the actor uses it: the table beside the matrix. */
export function UsesCard({ actor, techniques }: { actor: ActorDetail; techniques: readonly UsedTechnique[] }) {
  const mayEdit = useCan("technique:curate");
  const [q, setQ] = useState("");
  const [asking, setAsking] = useState<Asking>(null);
  const remove = useDeleteUse(actor.id);
  const close = () => {
    remove.reset();
    setAsking(null);
  };
  const wanted = q.trim().toLowerCase();
  const shown = techniques.filter(({ attackId, name }) => `${attackId} ${name}`.toLowerCase().includes(wanted));
  if (techniques.length === 0) return null;
  return (
    <div id="uses" className="scroll-mt-4">
      <Card title={`How it works (${formatCount(techniques.length)})`} flush actions={<SearchField label="Search its techniques" value={q} onChange={setQ} />}>
        <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Techniques and how it uses them">
          <table className="w-full min-w-[44rem] table-fixed text-sm">
            <thead>
              <tr className="border-b text-left">
                {COLUMNS.map(({ head, width }) => (
                  <th key={head} scope="col" className={cn("label-caps h-8 px-3 whitespace-nowrap first:pl-4", width)}>
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((technique) => (
                <tr key={technique.attackId} className="border-b align-top last:border-b-0">
                  <td className="py-2 pr-3 pl-4">
                    <Link to={`/techniques/${technique.attackId}`} className="link">
                      <span className="font-mono text-xs">{technique.attackId}</span> {technique.name}
                    </Link>
                    {!technique.counted && <span className="block text-xs text-muted">not in the figures</span>}
                  </td>
                  <td className="px-3 py-2 text-xs text-muted">{technique.tactics.map(humanise).join(", ")}</td>
                  <td className="px-3 py-2">{technique.status && <CoverageBadge status={technique.status} />}</td>
                  <td className="space-y-2 px-3 py-2">
                    {technique.uses.map((use, index) => (
                      <Use key={`${use.source} ${use.via_campaign ?? ""} ${index}`} use={use} onAsk={mayEdit && use.own ? setAsking : undefined} />
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {shown.length === 0 && <p className="px-4 py-3 text-sm text-muted">None of its techniques matches.</p>}
        </div>
        {asking?.kind === "edit" && <UseDialog actor={actor} use={asking.use} onClose={close} />}
        {asking?.kind === "delete" && (
          <ConfirmDialog
            open
            onOpenChange={close}
            title={`Take back ${asking.use.attack_id}`}
            confirmLabel="Take back"
            danger
            pending={remove.isPending}
            error={remove.error}
            onConfirm={() =>
              remove.mutate(asking.use.attack_id, {
                onSuccess: () => {
                  toast(`We no longer say that ${actor.name} uses ${asking.use.attack_id}.`);
                  close();
                },
              })
            }
          >
            <p>What a publisher says of it stays.</p>
          </ConfirmDialog>
        )}
      </Card>
    </div>
  );
}

function Use({ use, onAsk }: { use: ActorUse; onAsk: ((asking: Asking) => void) | undefined }) {
  return (
    <div className="max-w-prose">
      {(use.own || use.via_campaign) && (
        <p className="mb-0.5 flex flex-wrap items-center gap-1.5">
          {use.own && <Badge tone="accent">{sourceLabel("custom")}</Badge>}
          {use.via_campaign && <Badge>in campaign {use.via_campaign}</Badge>}
          {onAsk && (
            <>
              <Button size="sm" variant="ghost" aria-label={`Change our word on ${use.attack_id}`} onClick={() => onAsk({ kind: "edit", use })}>
                Change
              </Button>
              <Button size="sm" variant="ghost" aria-label={`Take back ${use.attack_id}`} onClick={() => onAsk({ kind: "delete", use })}>
                Take back
              </Button>
            </>
          )}
        </p>
      )}
      {use.how ? <Markdown>{use.how}</Markdown> : <span className="text-muted">Nothing more is said.</span>}
    </div>
  );
}
