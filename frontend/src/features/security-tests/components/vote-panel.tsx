import { useState, type ReactNode } from "react";
import { useForm } from "react-hook-form";
import type { FieldError } from "@/api/errors";
import { useMe } from "@/api/me";
import type { Side, TestDetail } from "@/api/tests";
import { Field } from "@/components/form/field";
import { placeErrors } from "@/components/form/place-errors";
import { Refusal } from "@/components/form/refusal";
import { SideTag } from "@/components/status/side-tag";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { useVote } from "@/features/security-tests/api";
import { VoteCard } from "@/features/security-tests/components/vote-card";
import { voteClosed } from "@/features/security-tests/lib/turns";
import { keyOf, optionsOf, REJECTION_CODES } from "@/features/security-tests/lib/words";

/** A lead's judgement of one side: the record is true and sufficient, or not, and why. A vote is final. */
function VoteForm({ test, side }: { test: TestDetail; side: Side }) {
  const form = useForm({ defaultValues: { notes: "", reason_code: "" } });
  const [rejecting, setRejecting] = useState(false);
  const [left, setLeft] = useState<readonly FieldError[]>([]);
  const vote = useVote(test.id);
  const { errors } = form.formState;
  const cast = (decision: "approve" | "reject") =>
    void form.handleSubmit(({ notes, reason_code: code }) => {
      if (decision === "reject" && !notes.trim()) {
        form.setError("notes", { message: "Say what is wrong: the next round starts from it." }, { shouldFocus: true });
        return;
      }
      const body = { side, decision, notes: notes.trim() || null, reason_code: decision === "reject" ? keyOf(REJECTION_CODES, code) : null };
      vote.mutate(body, {
        onSuccess: () => toast(`Your vote on ${test.number} is cast.`),
        onError: (error) => setLeft(placeErrors(form, error)),
      });
    })();
  return (
    <form noValidate aria-label={`Vote on the ${side} side`} className="space-y-3" onSubmit={(event) => event.preventDefault()}>
      {rejecting && (
        <Field label="What kind of fault" error={errors.reason_code?.message}>
          {(field) => <Select {...field} placeholder="Not said" options={optionsOf(REJECTION_CODES)} {...form.register("reason_code")} />}
        </Field>
      )}
      <Field label={rejecting ? "Reason" : "Note"} required={rejecting} error={errors.notes?.message}>
        {(field) => <Textarea {...field} rows={2} className="min-h-12" {...form.register("notes")} />}
      </Field>
      <Refusal error={vote.error} left={left} />
      <div className="flex flex-wrap gap-2">
        {rejecting ? (
          <>
            <Button variant="danger" pending={vote.isPending} onClick={() => cast("reject")}>
              Reject this side
            </Button>
            <Button variant="ghost" onClick={() => setRejecting(false)}>
              Back
            </Button>
          </>
        ) : (
          <>
            <Button variant="primary" className="h-auto min-h-7.5 py-1 text-left whitespace-normal!" pending={vote.isPending} onClick={() => cast("approve")}>
              This side’s record is true and sufficient
            </Button>
            <Button onClick={() => setRejecting(true)}>Reject…</Button>
          </>
        )}
      </div>
      <p className="text-xs text-muted">A vote is final, and hidden from others until the round is decided. It judges the record, not the defence.</p>
    </form>
  );
}

/** One side of the review: the vote, the form to cast it, or who it waits for. */
export function VotePanel({ test, side, evidence }: { test: TestDetail; side: Side; evidence: ReactNode }) {
  const me = useMe();
  const vote = test.votes.find((item) => item.side === side);
  const open = test.allowed_actions.includes(side === "red" ? "vote_red" : "vote_blue");
  return (
    <section aria-label={side === "red" ? "Judgement of red's record" : "Judgement of blue's record"} className="min-w-0 space-y-2">
      <h3>
        <SideTag side={side}>{side === "red" ? "Red’s record" : "Blue’s record"}</SideTag>
      </h3>
      <div className="text-xs">{evidence}</div>
      {vote && <VoteCard vote={vote} />}
      {!vote && open && <VoteForm test={test} side={side} />}
      {!vote && !open && <p className="text-sm text-muted">{voteClosed(test, me, side) ?? "Not judged."}</p>}
    </section>
  );
}
