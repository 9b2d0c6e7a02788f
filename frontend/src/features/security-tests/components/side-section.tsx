import { useState, type ReactNode } from "react";
import { useMe } from "@/api/me";
import type { Side, TestDetail } from "@/api/tests";
import { InlineError } from "@/components/states/inline-error";
import { SideTag } from "@/components/status/side-tag";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { RelativeTime } from "@/components/ui/relative-time";
import { useCarry, useReturn } from "@/features/security-tests/api";
import { BlindNotice } from "@/features/security-tests/components/blind-notice";
import { BlueForm } from "@/features/security-tests/components/blue-form";
import { BlueRecord } from "@/features/security-tests/components/blue-record";
import { ReasonDialog } from "@/components/form/reason-dialog";
import { RedForm } from "@/features/security-tests/components/red-form";
import { RedRecord } from "@/features/security-tests/components/red-record";
import { RuleRecorder } from "@/features/security-tests/components/rule-recorder";
import { recordClosed } from "@/features/security-tests/lib/turns";
import { nameOf } from "@/lib/people";
import { cn } from "@/lib/cn";

interface SideSectionProps {
  test: TestDetail;
  side: Side;
  evidence: ReactNode;
}

const LOOK = {
  red: { title: "Red: what was run", edge: "border-t-red-team" },
  blue: { title: "Blue: what was seen", edge: "border-t-blue-team" },
};

/** A record carried over from the last round holds again once its side says so. */
function CarryNotice({ test, side }: { test: TestDetail; side: Side }) {
  const record = side === "red" ? test.red : test.blue;
  const carry = useCarry(test.id);
  if (record.carried_from_round === null) return null;
  if (record.carry_confirmed_at) {
    return <p className="text-xs text-muted">Carried over from round {record.carried_from_round} and confirmed.</p>;
  }
  const turn = test.state === (side === "red" ? "red_executing" : "blue_evaluating");
  const may = turn && test.allowed_actions.includes("carry");
  return (
    <Notice
      tone="warn"
      title={`Carried over from round ${String(record.carried_from_round)}, not confirmed yet`}
      actions={
        may && (
          <Button size="sm" variant="primary" pending={carry.isPending} onClick={() => carry.mutate(side)}>
            It still holds
          </Button>
        )
      }
    >
      <p>{may ? "Confirm it as it is, or change it: saving a change confirms it too." : `The ${side} side confirms it before it hands over.`}</p>
      <InlineError error={carry.error} />
    </Notice>
  );
}

/** One side of the test: its record, to write or to read, and its evidence. */
export function SideSection({ test, side, evidence }: SideSectionProps) {
  const me = useMe();
  const [asking, setAsking] = useState(false);
  const back = useReturn(test.id);
  const record = side === "red" ? test.red : test.blue;
  const may = side === "red" ? test.allowed_actions.includes("edit_red") : test.allowed_actions.includes("edit_blue") || test.allowed_actions.includes("attribute");
  const sealedForMe = test.technique === null;
  const mayReturn = side === "blue" && test.allowed_actions.includes("return");
  const openReturn = mayReturn ? () => setAsking(true) : null;
  return (
    <section id={side} aria-labelledby={`${side}-title`} className={cn("min-w-0 scroll-mt-4 rounded-lg border border-t-2 bg-surface", LOOK[side].edge)}>
      <header className="flex min-h-11 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b px-4 py-1.5">
        <h2 id={`${side}-title`} className="text-base font-semibold">
          <SideTag side={side}>
            <span className="text-base font-semibold text-fg">{LOOK[side].title}</span>
          </SideTag>
        </h2>
        {record.submitted_at && (
          <p className="text-xs text-muted">
            Handed over <RelativeTime value={record.submitted_at} />
            {record.submitted_by && ` by ${nameOf(record.submitted_by)}`}
          </p>
        )}
      </header>
      <div className="space-y-4 p-4">
        {side === "red" && test.open_question && (
          <Notice tone="warn" title="Blue asks">
            <p className="whitespace-pre-wrap">{test.open_question}</p>
          </Notice>
        )}
        <CarryNotice test={test} side={side} />
        {side === "blue" && <BlindNotice test={test} />}
        {may && side === "red" && <RedForm test={test} />}
        {may && side === "blue" && <BlueForm test={test} onReturn={openReturn} />}
        {!may && side === "red" && sealedForMe && <p className="text-sm text-muted">A blind test: what was run stays sealed until blue hands over what it saw.</p>}
        {!may && !(side === "red" && sealedForMe) && (
          <>
            {side === "red" ? <RedRecord record={test.red} planned={test.procedure} /> : <BlueRecord record={test.blue} runs={test.red.executions} />}
            <p className="text-xs text-muted">{recordClosed(test, me, side)}</p>
          </>
        )}
        {side === "blue" && test.technique !== null && test.allowed_actions.includes("record_rule_result") && <RuleRecorder test={test} />}
        {evidence}
      </div>
      {asking && (
        <ReasonDialog
          title="Return the test to red"
          description="It goes back in the same round. Red sees the question, answers in its record and hands over again."
          label="Question"
          confirmLabel="Return to red"
          onClose={() => setAsking(false)}
          pending={back.isPending}
          onConfirm={(question) => back.mutateAsync(question)}
        />
      )}
    </section>
  );
}
