import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { SearchField } from "@/components/data-table/filter-bar";
import { QueryView } from "@/components/states/query-view";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { Select } from "@/components/ui/select";
import type { TemplateSummary } from "@/api/templates";
import { templatesQuery } from "@/features/security-tests/api-lookups";
import { rankTemplates } from "@/features/security-tests/lib/fill";
import { cn } from "@/lib/cn";
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
  const { platforms, executor, tests } = template;
  return (
    <span className="flex flex-wrap items-center gap-x-2 text-xs text-muted">
      <span>{sourceLabel(template.source)}</span>
      {platforms.length > 0 && <span>{platforms.join(", ")}</span>}
      {executor && <span>{executor}</span>}
      {template.needs_release && <Badge tone="warn">Held</Badge>}
      {template.elevation_required && <Badge tone="warn">Needs elevation</Badge>}
      <span>{tests === 0 ? "never tested" : tests === 1 ? "1 test" : `${String(tests)} tests`}</span>
    </span>
  );
}

/** From scratch, or from one of the technique's templates: those that fit the platform and were never tried first. */
export function TemplateChoice({ technique, chosen, onChoose }: TemplateChoiceProps) {
  const [q, setQ] = useState("");
  const [platform, setPlatform] = useState("");
  const templates = useQuery(templatesQuery(technique, q));
  const platforms = [...new Set((templates.data?.items ?? []).flatMap((item) => item.platforms))].sort();
  return (
    <Card title="Template" description="A template brings procedure, inputs and platform." flush>
      {(templates.data?.total ?? 0) > 0 || q ? (
        <div className="flex flex-wrap gap-2 border-b px-4 py-2">
          <SearchField label="Search templates" value={q} onChange={setQ} />
          <Select
            aria-label="Platform of the template"
            className="w-44!"
            placeholder="Best fit for any platform"
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
              rankTemplates(page.items, platform).map((template) => (
                <Choice key={template.id} name={template.name} checked={chosen === template.id} onChange={() => onChoose(template.id)}>
                  <Facts template={template} />
                </Choice>
              ))
            )
          }
        </QueryView>
      </fieldset>
    </Card>
  );
}
