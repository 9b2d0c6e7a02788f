import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { SearchField } from "@/components/data-table/filter-bar";
import { QueryView } from "@/components/states/query-view";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { Select } from "@/components/ui/select";
import type { TemplateSummary } from "@/api/templates";
import { templatesQuery } from "@/features/security-tests/api-lookups";
import { cn } from "@/lib/cn";
import { formatCount } from "@/lib/format";
import { sourceLabel } from "@/lib/sources";

interface TemplateChoiceProps {
  technique: string;
  chosen: string;
  onChoose: (id: string) => void;
}

function Choice({ name, checked, onChange, children }: { name: string; checked: boolean; onChange: () => void; children?: React.ReactNode }) {
  return (
    <label className={cn("flex cursor-pointer items-start gap-2 px-4 py-2 text-sm hover:bg-hover", checked && "bg-selected")}>
      <input type="radio" name="template" checked={checked} onChange={onChange} className="mt-0.5 size-4 accent-accent" />
      <span className="min-w-0 flex-1">
        <span className="font-medium">{name}</span>
        {children}
      </span>
    </label>
  );
}

function Facts({ template }: { template: TemplateSummary }) {
  const { executor, rank } = template;
  return (
    <span className="flex flex-wrap items-center gap-x-2 text-xs text-muted">
      <span>{sourceLabel(template.source)}</span>
      {executor && <span>{executor}</span>}
      {template.needs_release && <Badge tone="warn">Held</Badge>}
      {template.elevation_required && <Badge tone="warn">Needs elevation</Badge>}
      {rank && <span className="basis-full">{rank.reason}</span>}
    </span>
  );
}

/** From scratch, or from one of the technique's templates: what fits the platform first, then what most actors use, then what was never tested. */
export function TemplateChoice({ technique, chosen, onChoose }: TemplateChoiceProps) {
  const [q, setQ] = useState("");
  const [platform, setPlatform] = useState("");
  const templates = useQuery(templatesQuery(technique, q, platform));
  const platforms = [...new Set((templates.data?.items ?? []).flatMap((item) => item.platforms))].sort();
  const more = (templates.data?.total ?? 0) - (templates.data?.items.length ?? 0);
  return (
    <Card title="Template" description="A template brings procedure, inputs and platform. Those for our platforms come first, then those that most actors use, then those never tested." flush>
      {(templates.data?.total ?? 0) > 0 || q ? (
        <div className="flex flex-wrap gap-2 border-b px-4 py-2">
          <SearchField label="Search templates" value={q} onChange={setQ} />
          <Select
            aria-label="Platform of the template"
            className="w-44!"
            placeholder="Best fit for our platforms"
            options={platforms.map((name) => ({ value: name, label: name }))}
            value={platform}
            onChange={(event) => setPlatform(event.target.value)}
          />
        </div>
      ) : null}
      <fieldset className="max-h-80 divide-y overflow-y-auto">
        <legend className="sr-only">Template</legend>
        <Choice name="From scratch" checked={chosen === ""} onChange={() => onChoose("")} />
        <QueryView query={templates} what="The templates" loading={<p className="px-4 py-2 text-sm text-muted">Looking for templates…</p>}>
          {(page) =>
            page.items.length === 0 ? (
              <p className="px-4 py-2 text-sm text-muted">{q ? "No template matches." : "No template carries out this technique yet."}</p>
            ) : (
              <>
                {page.items.map((template) => (
                  <Choice key={template.id} name={template.name} checked={chosen === template.id} onChange={() => onChoose(template.id)}>
                    <Facts template={template} />
                  </Choice>
                ))}
                {more > 0 && <p className="px-4 py-2 text-xs text-muted">{formatCount(more)} more rank below these; search narrows them.</p>}
              </>
            )
          }
        </QueryView>
      </fieldset>
    </Card>
  );
}
