import { useParams } from "react-router";
import { FindingPage } from "@/features/findings/components/finding-page";

export function Component() {
  const { findingId = "" } = useParams();
  return <FindingPage key={findingId} id={findingId} />;
}
