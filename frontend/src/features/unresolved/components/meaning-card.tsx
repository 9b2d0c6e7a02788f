import { useState } from "react";
import { Link } from "react-router";
import { TechniquePicker } from "@/components/pickers/technique-picker";
import { Refusal } from "@/components/form/refusal";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { formatCount } from "@/lib/format";
import { plural } from "@/lib/plural";
import { useChooseMeaning, type UnresolvedId } from "@/features/unresolved/api";
import { reasonLabel } from "@/features/unresolved/words";

const OTHER = "other";
const ALL = "all";
const CHOSEN = "chosen";

interface MeaningCardProps {
  attackId: string;
  /** Null when nothing of the id is open any more. */
  known: UnresolvedId | null;
  /** Links that are ticked in the list below. */
  linkIds: readonly string[];
  onDone: () => void;
}

/** A lead's word on what an id means: one of the proposals or any technique, for all items or some. */
export function MeaningCard({ attackId, known, linkIds, onDone }: MeaningCardProps) {
  const candidates = known?.candidates ?? [];
  const [pick, setPick] = useState(candidates[0]?.attack_id ?? OTHER);
  const [other, setOther] = useState<{ attackId: string; name: string } | null>(null);
  const [scope, setScope] = useState(ALL);
  const choose = useChooseMeaning(attackId);
  const technique = pick === OTHER ? (other?.attackId ?? null) : pick;
  const moved = candidates.filter((item) => item.reason === "moved");
  const scopes = [
    { value: ALL, label: "All items that name it" },
    ...moved.map((item) => ({ value: item.attack_id, label: `Only items that named ${item.attack_id} before (${formatCount(item.items)})` })),
    { value: CHOSEN, label: `Only those ticked below (${formatCount(linkIds.length)})` },
  ];
  const narrowed = scope === CHOSEN ? { link_ids: [...linkIds] } : scope === ALL ? {} : { moved_from: scope };
  const send = (target: string | null) =>
    choose.mutate(
      { technique: target, ...narrowed },
      {
        onSuccess: (done) => {
          toast(done.technique ? `${plural(done.links, "item counts", "items count")} for ${done.technique} now.` : `The choice is taken back for ${plural(done.links, "item")}.`);
          onDone();
        },
      },
    );
  const none = scope === CHOSEN && linkIds.length === 0;
  return (
    <Card title="What it means" description="The id stays as the source wrote it; the choice can be taken back.">
      <div className="space-y-3">
        <fieldset className="space-y-1">
          <legend className="mb-1 text-xs font-medium">Technique</legend>
          {candidates.map((item) => (
            <label key={item.attack_id} className="flex min-h-6 items-start gap-2 text-sm">
              <input type="radio" name="meaning" checked={pick === item.attack_id} onChange={() => setPick(item.attack_id)} className="mt-0.5 size-4 accent-accent" />
              <span>
                <span className="font-mono text-xs">{item.attack_id}</span> {item.name} <span className="text-xs text-muted">{reasonLabel(item)}</span>{" "}
                <Link to={`/techniques/${item.attack_id}`} className="link text-xs" aria-label={`Open ${item.attack_id}`}>
                  Open
                </Link>
              </span>
            </label>
          ))}
          <label className="flex min-h-6 items-start gap-2 text-sm">
            <input type="radio" name="meaning" checked={pick === OTHER} onChange={() => setPick(OTHER)} className="mt-0.5 size-4 accent-accent" />
            {candidates.length > 0 ? "Another technique" : "A technique of ours"}
          </label>
          {pick === OTHER && (
            <div className="max-w-xl pl-6">
              <TechniquePicker value={other && { value: other.attackId, label: `${other.attackId} ${other.name}` }} onChange={setOther} />
            </div>
          )}
        </fieldset>
        <label className="block max-w-xl">
          <span className="mb-1 block text-xs font-medium">For</span>
          <Select options={scopes} value={scope} onChange={(event) => setScope(event.target.value)} />
        </label>
        <Refusal error={choose.error} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button disabled={none} pending={choose.isPending && choose.variables.technique === null} onClick={() => send(null)}>
            Take the choice back
          </Button>
          <Button variant="primary" disabled={technique === null || none} pending={choose.isPending && choose.variables.technique !== null} onClick={() => send(technique)}>
            {technique ? `It means ${technique}` : "Choose a technique"}
          </Button>
        </div>
      </div>
    </Card>
  );
}
