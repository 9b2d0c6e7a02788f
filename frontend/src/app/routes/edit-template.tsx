import { useParams } from "react-router";
import { EditTemplatePage } from "@/features/catalog/components/template-form-pages";

export function Component() {
  const { templateId = "" } = useParams();
  return <EditTemplatePage key={templateId} templateId={templateId} />;
}
