import type { TemplateSummary } from "@/api/templates";
import { Badge } from "@/components/ui/badge";

/** What should be known before a template is used; nothing when it can simply be used. */
export function TemplateMarks({ template }: { template: TemplateSummary }) {
  return (
    <>
      {template.elevation_required && <Badge tone="warn">Needs elevation</Badge>}
      {template.needs_release && <Badge tone="warn">Held</Badge>}
      {!template.is_active && <Badge>Switched off</Badge>}
      {template.withdrawn_at && <Badge tone="warn">Withdrawn</Badge>}
    </>
  );
}
