import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { QueryView } from "@/components/states/query-view";
import { PageHeader } from "@/components/ui/page-header";
import { configQuery, type ScoringConfig, type WeightValues } from "@/features/scores/api";
import { PreviewCard } from "@/features/scores/components/preview-card";
import { WeightsForm } from "@/features/scores/components/weights-form";
import { WeightsHistory } from "@/features/scores/components/weights-history";
import { weightsOf } from "@/features/scores/lib/weights";

/** How scores are weighed, with the effect of other weights before they hold. */
export function ScoringPage() {
  const config = useQuery(configQuery());
  return (
    <>
      <PageHeader title="Scoring" description="How much each part counts in a score. A change acts at once, on every score; earlier snapshots keep the weights they were made with." />
      <QueryView query={config} what="The weights">
        {(data) => <Scoring key={data.valid_from ?? "first"} config={data} />}
      </QueryView>
    </>
  );
}

function Scoring({ config }: { config: ScoringConfig }) {
  const inForce = weightsOf(config);
  const [weights, setWeights] = useState<WeightValues>(inForce);
  return (
    <div className="space-y-4">
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <WeightsForm inForce={inForce} value={weights} onChange={setWeights} />
        <PreviewCard weights={weights} />
      </div>
      <WeightsHistory history={config.history} />
    </div>
  );
}
