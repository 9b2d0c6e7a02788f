import type { Me } from "@/api/me";
import type { Side, TestDetail, TestState, TestSummary } from "@/api/tests";
import { roleSide } from "@/lib/roles";
import { nameOf } from "@/lib/people";

export const STEPS: readonly { state: TestState; label: string }[] = [
  { state: "draft", label: "Draft" },
  { state: "red_executing", label: "Red executes" },
  { state: "blue_evaluating", label: "Blue evaluates" },
  { state: "in_review", label: "Leads review" },
];

const isTech = (me: Me, side: Side) => me.role === `${side}_tech`;
const assigneeOf = (test: TestSummary, side: Side) => (side === "red" ? test.red_assignee : test.blue_assignee);

function whoOn(test: TestSummary, side: Side): string {
  const person = assigneeOf(test, side);
  return person ? nameOf(person) : `Any ${side} technician`;
}

/** Who has the next step, in one sentence. */
export function nextInWords(test: TestSummary): string {
  if (test.annulled) return "Annulled: it stays readable and counts nowhere.";
  if (test.archived) return "Archived: nobody acts until a lead takes it back.";
  switch (test.state) {
    case "draft":
      return `${whoOn(test, "red")} starts the attack next.`;
    case "red_executing":
      return `${whoOn(test, "red")} runs the attack, records it and hands over.`;
    case "blue_evaluating":
      return `${whoOn(test, "blue")} records what was seen and hands over to the leads.`;
    case "in_review":
      if (test.waits_for === "red_lead") return "The red lead judges red's record; blue's is judged.";
      if (test.waits_for === "blue_lead") return "The blue lead judges blue's record; red's is judged.";
      return "Both leads judge their side's record.";
    case "rejected":
      return "Rejected: a lead opens the next round or archives the test.";
    case "validated":
      return "Nobody has to act: both leads confirmed the record.";
  }
}

/** Why this person may not write a side's record now; shown where the fields would be. */
export function recordClosed(test: TestDetail, me: Me, side: Side): string {
  const own: TestState = side === "red" ? "red_executing" : "blue_evaluating";
  const record = side === "red" ? test.red : test.blue;
  if (test.archived) return "The test is archived, so nothing can be changed.";
  if (test.state === own) {
    const person = assigneeOf(test, side);
    if (isTech(me, side) && person) return `${nameOf(person)} is assigned and writes here. A ${side} lead can reassign the test.`;
    const who = person ? `${nameOf(person)} writes here now.` : `Open for every ${side} technician.`;
    return `${who} ${roleReason(me, side)}`;
  }
  if (test.state === "draft") return side === "red" ? "Opens when a red technician starts the attack." : "Opens when red hands over.";
  if (side === "blue" && test.state === "red_executing") return "Opens when red hands over.";
  if (!record.submitted_at) return "This record is closed.";
  return side === "red" && test.state === "blue_evaluating"
    ? "Handed over. Blue can send it back with a question."
    : "Handed over. It opens again only in a new round, after a rejection.";
}

function roleReason(me: Me, side: Side): string {
  if (me.role === `${side}_lead`) return `You judge the ${side} side, so you do not write its record.`;
  if (roleSide(me.role)) return `Only the ${side} side writes here.`;
  return "Your role reads only.";
}

/** Why this person may not judge a side now, or null when the side needs no vote. */
export function voteClosed(test: TestDetail, me: Me, side: Side): string | null {
  if (test.state !== "in_review") return null;
  if (test.votes.some((vote) => vote.side === side)) return null;
  const may = me.role === "admin" || me.role === `${side}_lead`;
  if (!may) return `Waits for the ${side} lead.`;
  if (test.votes.some((vote) => vote.user.id === me.id)) return "You have voted in this round; one person casts one vote.";
  return "You worked on this round, so somebody else has to judge it.";
}

/** The sides whose assignee this person may change. */
export function assignableSides(test: TestDetail, me: Me): Side[] {
  if (!test.allowed_actions.includes("assign")) return [];
  const sides: Side[] = ["red", "blue"];
  return sides.filter((side) => {
    const holder = assigneeOf(test, side);
    return me.role === "admin" || me.role === `${side}_lead` || (isTech(me, side) && (holder === null || holder.id === me.id));
  });
}

/** Whether this person names others, or only claims and releases. */
export function namesOthers(me: Me, side: Side): boolean {
  return me.role === "admin" || me.role === `${side}_lead`;
}
