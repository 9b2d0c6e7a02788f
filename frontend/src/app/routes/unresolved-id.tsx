import { useParams } from "react-router";
import { UnresolvedIdPage } from "@/features/unresolved/components/unresolved-id-page";

export function Component() {
  const { attackId = "" } = useParams();
  return <UnresolvedIdPage key={attackId} attackId={attackId} />;
}
