import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { TechniquePicker } from "@/components/pickers/technique-picker";
import { InlineError } from "@/components/states/inline-error";
import { Card } from "@/components/ui/card";
import type { ComboboxOption } from "@/components/ui/combobox";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { humanise } from "@/lib/format";
import { sourceLabel } from "@/lib/sources";
import { templateQuery, type Template } from "@/api/templates";
import { techniqueQuery } from "@/api/techniques";
import { NewTestForm } from "@/features/security-tests/components/new-test-form";
import { TemplateChoice } from "@/features/security-tests/components/template-choice";

/** Nothing can be planned with a held template; why, and where to read what changed. */
function HeldTemplate({ template }: { template: Template }) {
  return (
    <Notice
      tone="warn"
      alert
      title={`“${template.name}” is held.`}
      actions={
        <Link to={`/catalog/${template.id}`} className="link">
          See what changed
        </Link>
      }
    >
      <p>{sourceLabel(template.source)} changed what it runs since tests were made of it. A lead has to read the change and release it first; until then take another template, or start from scratch.</p>
    </Notice>
  );
}

/** Plans a test: technique, then a template or one's own words, then the details. The first two live in the address. */
export function NewTestPage() {
  const [params, setParams] = useSearchParams();
  const attackId = params.get("technique") ?? "";
  const templateId = params.get("template") ?? "";
  const technique = useQuery({ ...techniqueQuery(attackId), enabled: attackId !== "" });
  const template = useQuery(templateQuery(templateId));
  const value: ComboboxOption | null = attackId ? { value: attackId, label: technique.data ? `${attackId} ${technique.data.name}` : attackId } : null;
  const go = (next: Record<string, string>) => setParams(Object.fromEntries(Object.entries(next).filter(([, item]) => item)), { replace: true });
  const held = template.data?.needs_release ? template.data : null;
  const ready = attackId !== "" && technique.data !== undefined && (templateId === "" || template.data !== undefined);
  return (
    <>
      <PageHeader title="New test" description="A draft: nothing runs before a red technician starts it." />
      <div className="max-w-5xl space-y-4">
        <Card title="Technique">
          <div className="max-w-xl space-y-2">
            <TechniquePicker value={value} onChange={(choice) => go({ technique: choice?.attackId ?? "" })} />
            {technique.data && <p className="text-xs text-muted">{[technique.data.tactics.map(humanise).join(", "), technique.data.platforms.join(", ")].filter(Boolean).join(" · ")}</p>}
            <InlineError error={technique.error} />
          </div>
        </Card>
        {technique.data && (
          <TemplateChoice
            technique={technique.data.attack_id}
            chosen={templateId}
            onChoose={(id) => go({ technique: attackId, template: id })}
          />
        )}
        <InlineError error={template.error} />
        {held && <HeldTemplate template={held} />}
        {ready && !held && (
          <NewTestForm
            key={`${attackId} ${templateId}`}
            technique={technique.data}
            template={templateId ? (template.data ?? null) : null}
          />
        )}
      </div>
    </>
  );
}
