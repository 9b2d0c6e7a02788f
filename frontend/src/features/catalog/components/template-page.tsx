import { useId, useState } from "react";
import { Link, useNavigate } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { useCan, useMe } from "@/api/me";
import { templateQuery, type Template } from "@/api/templates";
import { Markdown } from "@/components/markdown/markdown";
import { InlineError } from "@/components/states/inline-error";
import { QueryView } from "@/components/states/query-view";
import { CommandExport } from "@/components/templates/command-export";
import { Prerequisites } from "@/components/templates/preparation";
import { SuggestedRules } from "@/components/templates/suggested-rules";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { CodeBlock } from "@/components/ui/code-block";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { toast } from "@/components/ui/toast";
import { usePageTitle } from "@/hooks/use-page-title";
import { sourceLabel } from "@/lib/sources";
import { useDeleteTemplate, useToggleTemplate } from "@/features/catalog/api";
import { HeldNotice } from "@/features/catalog/components/held-notice";
import { InputsTable } from "@/features/catalog/components/inputs-table";
import { References, TemplateFacts } from "@/features/catalog/components/template-facts";
import { TemplateMarks } from "@/features/catalog/components/template-marks";
import { mayEdit, maySwitch } from "@/features/catalog/lib/rights";

/** Publishers who write Markdown; the others' lines stand as they were written. */
const IN_MARKDOWN = ["atomic_red_team", "custom"];

function newTestPath(template: Template): string {
  const technique = template.technique_links.find((link) => link.technique)?.technique;
  return `/tests/new?${new URLSearchParams({ ...(technique && { technique }), template: template.id }).toString()}`;
}

function Actions({ template }: { template: Template }) {
  const me = useMe();
  const navigate = useNavigate();
  const mayTest = useCan("test:create");
  const toggle = useToggleTemplate(template.id);
  const remove = useDeleteTemplate(template.id);
  const [deleting, setDeleting] = useState(false);
  const whyNot = useId();
  const usable = template.is_active && template.withdrawn_at === null;
  return (
    <div className="flex flex-col items-end gap-1">
      <div className="flex flex-wrap justify-end gap-2">
        {maySwitch(me, template) && (
          <Button pending={toggle.isPending} onClick={() => toggle.mutate(undefined, { onSuccess: (now) => toast(now.is_active ? "It can be used again." : "It is switched off.") })}>
            {template.is_active ? "Switch off" : "Switch on"}
          </Button>
        )}
        {mayEdit(me, template) && (
          <>
            <Button onClick={() => setDeleting(true)}>Delete</Button>
            <Button asChild>
              <Link to={`/catalog/${template.id}/edit`}>Edit</Link>
            </Button>
          </>
        )}
        {mayTest && usable && template.needs_release && (
          <Button variant="primary" disabled aria-describedby={whyNot}>
            New test from this template
          </Button>
        )}
        {mayTest && usable && !template.needs_release && (
          <Button variant="primary" asChild>
            <Link to={newTestPath(template)}>New test from this template</Link>
          </Button>
        )}
      </div>
      {mayTest && usable && template.needs_release && (
        <p id={whyNot} className="text-xs text-muted">
          It is held until a lead releases it.
        </p>
      )}
      <InlineError error={toggle.error} />
      <ConfirmDialog
        open={deleting}
        onOpenChange={setDeleting}
        title="Delete this template?"
        confirmLabel="Delete"
        danger
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() =>
          remove.mutate(undefined, {
            onSuccess: () => {
              toast("The template is deleted.");
              void navigate("/catalog", { replace: true });
            },
          })
        }
      >
        <p>A template that tests were made of cannot be deleted; switch it off instead.</p>
      </ConfirmDialog>
    </div>
  );
}

function Work({ template }: { template: Template }) {
  const cleanup = template.cleanup.trimEnd();
  const procedure = template.procedure.trimEnd();
  return (
    <div className="min-w-0 space-y-4">
      {template.withdrawn_at && (
        <Notice tone="warn" title={`${sourceLabel(template.source)} no longer publishes it.`}>
          <p>Tests made of it stay; new ones cannot be made.</p>
        </Notice>
      )}
      <HeldNotice template={template} />
      {template.description && (
        <Card title="Description">
          {IN_MARKDOWN.includes(template.source) ? <Markdown>{template.description}</Markdown> : <p className="max-w-prose text-sm break-words whitespace-pre-wrap">{template.description}</p>}
        </Card>
      )}
      <Card title="Command" description={template.executor ? `Runs in ${template.executor}${template.elevation_required ? " with elevated rights" : ""}.` : undefined}>
        {procedure ? (
          <div className="space-y-2">
            <CodeBlock value={procedure} label="command" />
            {!template.needs_release && <CommandExport template={template} />}
          </div>
        ) : (
          <p className="text-sm text-muted">This template has no command; its description says what to do.</p>
        )}
      </Card>
      {template.inputs.length > 0 && (
        <Card title="Inputs" flush>
          <InputsTable inputs={template.inputs} />
        </Card>
      )}
      {template.dependencies.length > 0 && (
        <Card title="Prerequisites">
          <Prerequisites template={template} />
        </Card>
      )}
      {cleanup && (
        <Card title="Cleanup">
          <CodeBlock value={cleanup} label="cleanup" />
        </Card>
      )}
      <Card title="Rules that should see it">
        <SuggestedRules techniques={template.techniques} />
      </Card>
      {template.external_references.length > 0 && (
        <Card title="References">
          <References addresses={template.external_references} />
        </Card>
      )}
      {template.raw && (
        <Card title="As the publisher wrote it">
          <details className="text-sm">
            <summary className="min-h-6">Show the item as it was read</summary>
            <CodeBlock value={JSON.stringify(template.raw, null, 2)} label="raw item" className="mt-2" />
          </details>
        </Card>
      )}
    </div>
  );
}

/** A procedure with everything a technician needs to run it. */
export function TemplatePage({ templateId }: { templateId: string }) {
  const template = useQuery(templateQuery(templateId));
  usePageTitle(template.data?.name);
  return (
    <>
      <PageHeader
        title={template.data?.name ?? "Template"}
        meta={template.data && <TemplateMarks template={template.data} />}
        actions={template.data && <Actions template={template.data} />}
      />
      <QueryView query={template} what="The template">
        {(data) => (
          <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
            <Work template={data} />
            <TemplateFacts template={data} />
          </div>
        )}
      </QueryView>
    </>
  );
}
