import { useParams } from "react-router";
import { RulePage } from "@/features/detection-rules/components/rule-page";

export function Component() {
  const { ruleId = "" } = useParams();
  return <RulePage key={ruleId} ruleId={ruleId} />;
}
