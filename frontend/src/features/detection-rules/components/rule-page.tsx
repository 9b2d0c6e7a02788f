import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { useCan, useMe } from "@/api/me";
import type { RuleDetail } from "@/api/rules";
import { Markdown } from "@/components/markdown/markdown";
import { InlineError } from "@/components/states/inline-error";
import { LoadingState } from "@/components/states/loading-state";
import { QueryView } from "@/components/states/query-view";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Copyable } from "@/components/ui/copyable";
import { PageHeader } from "@/components/ui/page-header";
import { ruleQuery, useToggleRule } from "@/features/detection-rules/api";
import { ConversionsCard } from "@/features/detection-rules/components/conversions-card";
import { DeploymentsCard } from "@/features/detection-rules/components/deployments-card";
import { FiringBadge, LevelBadge, RuleMarks } from "@/features/detection-rules/components/rule-badges";
import { RuleDialog } from "@/features/detection-rules/components/rule-dialog";
import { RuleFacts, RuleTechniques } from "@/features/detection-rules/components/rule-facts";
import { RuleNotices } from "@/features/detection-rules/components/rule-notices";
import { RuleTests } from "@/features/detection-rules/components/rule-tests";
import { SourceCard } from "@/features/detection-rules/components/source-card";
import { usePageTitle } from "@/hooks/use-page-title";
import { sourceLabel } from "@/lib/sources";

export function RulePage({ ruleId }: { ruleId: string }) {
  const rule = useQuery(ruleQuery(ruleId));
  usePageTitle(rule.data?.name);
  return (
    <QueryView
      query={rule}
      what="The rule"
      loading={
        <>
          <PageHeader title="Detection rule" />
          <LoadingState lines={14} label="Loading the rule" />
        </>
      }
    >
      {(data) => <RuleView rule={data} />}
    </QueryView>
  );
}

function RuleView({ rule }: { rule: RuleDetail }) {
  const me = useMe();
  const mayEdit = useCan("rule:edit");
  const [editing, setEditing] = useState(false);
  const toggle = useToggleRule(rule.id);
  const own = rule.source === "custom";
  const lead = me.role === "admin" || me.role === "red_lead" || me.role === "blue_lead";
  // Technicians act on rules of their own, as the server says too.
  const mine = lead || (own && rule.created_by_id === me.id);
  return (
    <>
      <PageHeader
        title={rule.name}
        meta={
          <>
            <Copyable value={rule.upstream_id} display={rule.upstream_id.replace(/^[a-z]+:/, "")} label="rule id" className="text-muted" />
            {rule.level && <LevelBadge level={rule.level} />}
            <FiringBadge state={rule.firing_state} />
            <Badge tone={own ? "accent" : "neutral"}>{sourceLabel(rule.source)}</Badge>
            <RuleMarks rule={rule} />
          </>
        }
        actions={
          mayEdit &&
          mine && (
            <>
              <Button pending={toggle.isPending} onClick={() => toggle.mutate()}>
                {rule.is_active ? "Switch off" : "Switch on"}
              </Button>
              {own && <Button onClick={() => setEditing(true)}>Change</Button>}
            </>
          )
        }
      />
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="min-w-0 space-y-4">
          <InlineError error={toggle.error} />
          <RuleNotices rule={rule} />
          {rule.description && (
            <Card title="Description">
              <Markdown>{rule.description}</Markdown>
            </Card>
          )}
          <SourceCard rule={rule} />
          <ConversionsCard rule={rule} />
          <RuleTests rule={rule} />
        </div>
        <div className="min-w-0 space-y-4">
          <RuleTechniques rule={rule} />
          <DeploymentsCard rule={rule} />
          <RuleFacts rule={rule} />
        </div>
      </div>
      {editing && <RuleDialog rule={rule} onClose={() => setEditing(false)} />}
    </>
  );
}
