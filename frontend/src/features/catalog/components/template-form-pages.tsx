import { Link, useNavigate } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { useMe } from "@/api/me";
import { templateQuery } from "@/api/templates";
import { EmptyState } from "@/components/states/empty-state";
import { QueryView } from "@/components/states/query-view";
import { Button } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/page-header";
import { toast } from "@/components/ui/toast";
import { usePageTitle } from "@/hooks/use-page-title";
import { useCreateTemplate, useUpdateTemplate } from "@/features/catalog/api";
import { TemplateForm } from "@/features/catalog/components/template-form";
import { mayEdit } from "@/features/catalog/lib/rights";
import { templateBody, templateValues } from "@/features/catalog/lib/template-form";

export function NewTemplatePage() {
  const navigate = useNavigate();
  const create = useCreateTemplate();
  return (
    <>
      <PageHeader title="New template" description="A procedure of our own. It stands in the catalogue beside the publishers'; no sync touches it." />
      <TemplateForm
        initial={templateValues(null)}
        submitLabel="Add the template"
        onSubmit={async (values) => {
          const made = await create.mutateAsync(templateBody(values));
          toast("The template stands in the catalogue.");
          // After the form has seen that it was sent: nothing is left to lose.
          setTimeout(() => void navigate(`/catalog/${made.id}`), 0);
        }}
      />
    </>
  );
}

export function EditTemplatePage({ templateId }: { templateId: string }) {
  const me = useMe();
  const navigate = useNavigate();
  const template = useQuery({ ...templateQuery(templateId), refetchOnWindowFocus: false });
  const update = useUpdateTemplate(templateId);
  usePageTitle(template.data && `Edit ${template.data.name}`);
  return (
    <>
      <PageHeader title="Edit template" description={template.data?.name} />
      <QueryView query={template} what="The template">
        {(data) =>
          mayEdit(me, data) ? (
            <TemplateForm
              initial={templateValues(data)}
              submitLabel="Save"
              onSubmit={async (values) => {
                await update.mutateAsync({ ...templateBody(values), version: data.version });
                toast("The template is saved.");
                setTimeout(() => void navigate(`/catalog/${templateId}`), 0);
              }}
            />
          ) : (
            <EmptyState
              title="This template is not yours to edit"
              action={
                <Button asChild>
                  <Link to={`/catalog/${templateId}`}>Open the template</Link>
                </Button>
              }
            >
              What a publisher owns is never edited; one of our own is edited by its author, a lead or an administrator.
            </EmptyState>
          )
        }
      </QueryView>
    </>
  );
}
