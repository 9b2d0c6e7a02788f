import { useParams } from "react-router";
import { TemplatePage } from "@/features/catalog/components/template-page";

export function Component() {
  const { templateId = "" } = useParams();
  return <TemplatePage key={templateId} templateId={templateId} />;
}
