import { useQuery } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import type { Side, TestDetail } from "@/api/tests";
import { QueryView } from "@/components/states/query-view";
import { SideTag } from "@/components/status/side-tag";
import { evidenceQuery, type Evidence } from "@/features/evidence/api";
import { DropZone } from "@/features/evidence/components/drop-zone";
import { EvidenceItem } from "@/features/evidence/components/evidence-item";
import { plural } from "@/lib/plural";

const of = (items: readonly Evidence[], team: Side, round: number) => items.filter((item) => item.team === team && item.round === round);

function Files({ items, mayWithdraw }: { items: readonly Evidence[]; mayWithdraw: boolean }) {
  return (
    <ul className="divide-y">
      {items.map((item) => (
        <EvidenceItem key={item.id} item={item} mayWithdraw={mayWithdraw} />
      ))}
    </ul>
  );
}

/** Leads withdraw on both sides while nobody has voted; the sides themselves as long as they may add. */
function useMayWithdraw(test: TestDetail): boolean {
  const isLead = useCan("test:vote");
  const open = test.state === "red_executing" || test.state === "blue_evaluating" || test.state === "in_review";
  return isLead && open && !test.archived && test.votes.length === 0;
}

/** A side's files of the current round, and the place to add more while that is allowed. */
export function EvidencePanel({ test, team }: { test: TestDetail; team: Side }) {
  const query = useQuery(evidenceQuery(test.id));
  const mayAdd = test.allowed_actions.includes(team === "red" ? "add_evidence_red" : "add_evidence_blue");
  const leadMay = useMayWithdraw(test);
  const handedOver = (team === "red" ? test.red : test.blue).submitted_at !== null;
  const none = query.data !== undefined && of(query.data.items, team, test.round).length === 0;
  if (none && !mayAdd && (!handedOver || test.technique === null)) return null;
  return (
    <section aria-label={`Evidence of the ${team} side`} className="space-y-2 border-t pt-3">
      <h3 className="label-caps">Evidence</h3>
      <QueryView query={query} what="The evidence">
        {(page) => {
          const items = of(page.items, team, test.round);
          return items.length > 0 ? <Files items={items} mayWithdraw={mayAdd || leadMay} /> : <p className="text-sm text-muted">No evidence yet.</p>;
        }}
      </QueryView>
      {mayAdd && <DropZone testId={test.id} team={team} late={handedOver} />}
    </section>
  );
}

/** For the review: how much proof a side has, in words, and what of it came late. */
export function EvidenceNote({ test, team }: { test: TestDetail; team: Side }) {
  const query = useQuery(evidenceQuery(test.id));
  if (!query.data) return null;
  const items = of(query.data.items, team, test.round).filter((item) => item.withdrawn_at === null);
  if (items.length === 0) return <p className="text-warn">No evidence: the {team} side’s record stands on its word alone.</p>;
  const late = items.filter((item) => item.late).length;
  return (
    <p className="text-muted">
      <a href={`#${team}`} className="link">
        {plural(items.length, "file of evidence", "files of evidence")}
      </a>
      {late > 0 && <span className="text-warn">, {late} added after the hand-over</span>}
    </p>
  );
}

/** Both sides' files of an earlier round. */
export function PastEvidence({ test, round }: { test: TestDetail; round: number }) {
  const query = useQuery(evidenceQuery(test.id));
  const sides: Side[] = ["red", "blue"];
  return (
    <QueryView query={query} what="The evidence">
      {(page) => (
        <div className="grid gap-4 xl:grid-cols-2">
          {sides.map((team) => {
            const items = of(page.items, team, round);
            return (
              <section key={team} aria-label={`Evidence of the ${team} side in round ${String(round)}`}>
                <SideTag side={team}>Evidence</SideTag>
                {items.length > 0 ? <Files items={items} mayWithdraw={false} /> : <p className="text-sm text-muted">None.</p>}
              </section>
            );
          })}
        </div>
      )}
    </QueryView>
  );
}
