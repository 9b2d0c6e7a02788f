import { Navigate, useParams } from "react-router";
import { SourcePage } from "@/features/data-sources/components/source-page";

export function Component() {
  const { name = "" } = useParams();
  // ATT&CK has a page of its own.
  return name === "mitre_attack" ? <Navigate to="/system/mitre-sync" replace /> : <SourcePage key={name} name={name} />;
}
