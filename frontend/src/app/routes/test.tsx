import { useParams } from "react-router";
import { EvidenceNote, EvidencePanel, PastEvidence } from "@/features/evidence/components/evidence-panel";
import { TestPage, type EvidenceSlots } from "@/features/security-tests/components/test-page";

const evidence: EvidenceSlots = {
  list: (test, side) => <EvidencePanel test={test} team={side} />,
  note: (test, side) => <EvidenceNote test={test} team={side} />,
  pastRound: (test, round) => <PastEvidence test={test} round={round} />,
};

export function Component() {
  const { testId = "" } = useParams();
  return <TestPage key={testId} testId={testId} evidence={evidence} />;
}
