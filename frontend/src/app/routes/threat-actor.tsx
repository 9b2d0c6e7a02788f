import { useParams } from "react-router";
import { ActorPage } from "@/features/threat-actors/components/actor-page";

export function Component() {
  const { actorId = "" } = useParams();
  return <ActorPage key={actorId} actorId={actorId} />;
}
