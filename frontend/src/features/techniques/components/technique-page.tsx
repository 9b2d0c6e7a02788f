import { useState } from "react";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import { techniqueQuery, type DomainName, type TechniqueDetail } from "@/api/techniques";
import { QueryView } from "@/components/states/query-view";
import { LoadingState } from "@/components/states/loading-state";
import { CoverageBadge } from "@/components/status/coverage-badge";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Copyable } from "@/components/ui/copyable";
import { PageHeader } from "@/components/ui/page-header";
import { DecideDialog } from "@/features/techniques/components/decide-dialog";
import { DecisionsCard } from "@/features/techniques/components/decisions-card";
import { AboutCard, FactsCard } from "@/features/techniques/components/about-cards";
import { ControlsCard, CountermeasuresCard, RulesCard } from "@/features/techniques/components/defence-cards";
import { ActorsCard, MitigationsCard, ReferencesCard, StrategiesCard } from "@/features/techniques/components/intel-cards";
import { ReviewDialog } from "@/features/techniques/components/review-dialog";
import { HistoryCard } from "@/features/techniques/components/history-card";
import { LadderCard } from "@/features/techniques/components/ladder-card";
import { ScoreCard } from "@/features/techniques/components/score-card";
import { StatusCard } from "@/features/techniques/components/status-card";
import { TechniqueNotices } from "@/features/techniques/components/technique-notices";
import { TemplatesCard } from "@/features/techniques/components/templates-card";
import { SubtechniquesCard, TestsCard } from "@/features/techniques/components/work-cards";
import { usePageTitle } from "@/hooks/use-page-title";

export function TechniquePage({ attackId, domain }: { attackId: string; domain: DomainName | undefined }) {
  const technique = useQuery(techniqueQuery(attackId, domain));
  usePageTitle(technique.data && `${technique.data.attack_id} · ${technique.data.name}`);
  return (
    <QueryView query={technique} what="The technique" loading={<TechniqueSkeleton />}>
      {(data) => <TechniqueView technique={data} which={{ attackId, domain }} />}
    </QueryView>
  );
}

function TechniqueSkeleton() {
  return (
    <>
      <PageHeader title="Technique" />
      <LoadingState lines={14} label="Loading the technique" />
    </>
  );
}

interface ViewProps {
  technique: TechniqueDetail;
  which: { attackId: string; domain: DomainName | undefined };
}

function TechniqueView({ technique, which }: ViewProps) {
  const [asking, setAsking] = useState<"review" | "decide" | null>(null);
  const mayTest = useCan("test:create");
  const mayReview = useCan("technique:review");
  const mayDecide = useCan("technique:curate");
  const close = () => setAsking(null);
  return (
    <>
      <PageHeader
        title={technique.name}
        meta={
          <>
            <Copyable value={technique.attack_id} label="id" className="text-sm! text-muted" />
            {technique.status && <CoverageBadge status={technique.status} />}
            {technique.is_custom && <Badge tone="accent">Our own</Badge>}
            {technique.unresolved && <Badge tone="warn">Unknown to our release</Badge>}
            {technique.review_required && <Badge tone="warn">⚑ Review needed</Badge>}
          </>
        }
        actions={
          <>
            {mayDecide && technique.is_active && <Button onClick={() => setAsking("decide")}>Scope and expectation</Button>}
            {mayReview && technique.review_required && <Button onClick={() => setAsking("review")}>Mark reviewed</Button>}
            {mayTest && technique.is_active && (
              <Button asChild variant="primary">
                <Link to={`/tests/new?technique=${technique.attack_id}`}>Start a test</Link>
              </Button>
            )}
          </>
        }
      />
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="min-w-0 space-y-4">
          <TechniqueNotices technique={technique} />
          <StatusCard technique={technique} />
          {technique.is_active && <ScoreCard technique={technique} />}
          <div className="grid gap-4 xl:grid-cols-2">
            {technique.is_active && <LadderCard technique={technique} />}
            <HistoryCard technique={technique} />
          </div>
          <AboutCard technique={technique} />
          <TestsCard technique={technique} />
          <SubtechniquesCard technique={technique} />
          <TemplatesCard technique={technique} />
          <RulesCard technique={technique} />
          <ActorsCard technique={technique} />
          <StrategiesCard technique={technique} />
          <MitigationsCard technique={technique} />
          <CountermeasuresCard technique={technique} />
          <ControlsCard technique={technique} />
          <ReferencesCard technique={technique} />
        </div>
        <div className="min-w-0 space-y-4">
          <FactsCard technique={technique} />
          <DecisionsCard technique={technique} />
        </div>
      </div>
      {asking === "review" && <ReviewDialog technique={technique} which={which} onClose={close} />}
      {asking === "decide" && <DecideDialog technique={technique} which={which} onClose={close} />}
    </>
  );
}
