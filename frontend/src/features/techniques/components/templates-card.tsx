import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import type { TechniqueDetail } from "@/api/techniques";
import type { TemplateSummary } from "@/api/templates";
import { LoadingState } from "@/components/states/loading-state";
import { QueryView } from "@/components/states/query-view";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { templatesOfQuery } from "@/features/techniques/api";
import { formatCount } from "@/lib/format";
import { plural } from "@/lib/plural";
import { sourceLabel } from "@/lib/sources";

const FEW = 8;

/** Procedures at hand, those that wait for a lead's release first. */
export function TemplatesCard({ technique: { attack_id: attackId } }: { technique: TechniqueDetail }) {
  const ready = useQuery(templatesOfQuery(attackId, false, FEW));
  const held = useQuery(templatesOfQuery(attackId, true, FEW));
  const mayTest = useCan("test:create");
  if (ready.data?.total === 0 && held.data?.total === 0) return null;
  const waiting = held.data?.total ?? 0;
  return (
    <Card
      title={ready.data && held.data ? `Templates (${formatCount(ready.data.total + waiting)})` : "Templates"}
      description={
        waiting > 0 && (
          <Link to={`/catalog?technique=${attackId}&needs_release=true`} className="link">
            {plural(waiting, "is held", "are held")} until a lead has read what changed
          </Link>
        )
      }
      flush
      actions={
        <Link to={`/catalog?technique=${attackId}`} className="link text-sm">
          All templates
        </Link>
      }
    >
      <QueryView
        query={held.error ? held : ready}
        what="The templates"
        loading={
          <div className="px-4 py-2">
            <LoadingState lines={3} />
          </div>
        }
      >
        {() => (
          <ul>
            {[...(held.data?.items ?? []), ...(ready.data?.items ?? [])].slice(0, FEW).map((template) => (
              <TemplateRow key={template.id} template={template} use={mayTest && !template.needs_release ? `/tests/new?technique=${attackId}&template=${template.id}` : null} />
            ))}
          </ul>
        )}
      </QueryView>
    </Card>
  );
}

function TemplateRow({ template, use }: { template: TemplateSummary; use: string | null }) {
  const { id, name, source, executor, platforms, tests } = template;
  return (
    <li className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-0.5 border-b px-4 py-1 text-sm last:border-b-0">
      <Link to={`/catalog/${id}`} className="link min-w-0 flex-1 basis-40 truncate" title={name}>
        {name}
      </Link>
      {template.needs_release && <Badge tone="warn">Held</Badge>}
      <span className="text-xs text-muted">{[sourceLabel(source), executor, platforms.join(", "), tests > 0 && plural(tests, "test")].filter(Boolean).join(" · ")}</span>
      {use && (
        <Link to={use} className="link text-xs" aria-label={`Use ${name}`}>
          Use
        </Link>
      )}
    </li>
  );
}
