import { useParams, useSearchParams } from "react-router";
import type { DomainName } from "@/api/techniques";
import { TechniquePage } from "@/features/techniques/components/technique-page";

const DOMAINS: readonly DomainName[] = ["enterprise", "mobile", "ics"];

export function Component() {
  const { attackId = "" } = useParams();
  const [params] = useSearchParams();
  const domain = DOMAINS.find((name) => name === params.get("domain"));
  return <TechniquePage key={attackId} attackId={attackId} domain={domain} />;
}
