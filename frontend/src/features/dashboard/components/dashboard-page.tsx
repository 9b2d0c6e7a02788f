import { Link, useSearchParams } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { useCan, useMe } from "@/api/me";
import { systemStatusQuery } from "@/api/system";
import { Button } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/page-header";
import { Select } from "@/components/ui/select";
import { ActivityCard } from "@/features/dashboard/components/activity-card";
import { CoverageCard } from "@/features/dashboard/components/coverage-card";
import { MissesCard, QuickWinsCard } from "@/features/dashboard/components/gaps-cards";
import { OperationalCard } from "@/features/dashboard/components/operational-card";
import { PipelineCard } from "@/features/dashboard/components/pipeline-card";
import { RecentCard } from "@/features/dashboard/components/recent-card";
import { ResultsCard } from "@/features/dashboard/components/results-card";
import { ScoresCard } from "@/features/dashboard/components/scores-card";
import { SyncsCard } from "@/features/dashboard/components/syncs-card";
import { WaitingCard } from "@/features/dashboard/components/waiting-card";
import { DOMAINS } from "@/lib/platforms";

const columns = "grid gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]";

/** First what waits for me, then where we stand. */
export function DashboardPage() {
  const [params, setParams] = useSearchParams();
  const domain = DOMAINS.find(({ value }) => value === params.get("domain"))?.value ?? "enterprise";
  const status = useQuery(systemStatusQuery());
  const loaded = DOMAINS.filter(({ value }) => status.data?.attack.some((part) => part.domain === value && part.release !== null));
  const mayCreate = useCan("test:create");
  const watches = useMe().role === "viewer";
  return (
    <>
      <PageHeader
        title="Dashboard"
        actions={
          <>
            {loaded.length > 1 && (
              <Select
                aria-label="Domain"
                className="w-32!"
                options={loaded}
                value={domain}
                onChange={(event) => setParams(event.target.value === "enterprise" ? {} : { domain: event.target.value }, { replace: true })}
              />
            )}
            {mayCreate && (
              <Button asChild variant="primary">
                <Link to="/tests/new">New test</Link>
              </Button>
            )}
          </>
        }
      />
      <div className="space-y-4">
        <div className={watches ? "" : columns}>
          {!watches && <WaitingCard />}
          <ScoresCard domain={domain} />
        </div>
        <OperationalCard domain={domain} />
        <div className={columns}>
          <CoverageCard domain={domain} />
          <div className="min-w-0 space-y-4">
            <PipelineCard />
            <ResultsCard domain={domain} />
          </div>
        </div>
        <div className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
          <MissesCard domain={domain} />
          <QuickWinsCard domain={domain} />
          <RecentCard />
        </div>
        <div className="grid gap-4 xl:grid-cols-2">
          <ActivityCard />
          <SyncsCard />
        </div>
      </div>
    </>
  );
}
