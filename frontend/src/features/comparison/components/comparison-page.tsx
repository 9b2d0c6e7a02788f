import { useState } from "react";
import { useSearchParams } from "react-router";
import { useMutation, useQuery } from "@tanstack/react-query";
import { saveFile } from "@/api/save";
import { EnvironmentSelect } from "@/components/pickers/environment-select";
import { EmptyState } from "@/components/states/empty-state";
import { InlineError } from "@/components/states/inline-error";
import { QueryView } from "@/components/states/query-view";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { comparisonQuery, snapshotsQuery, type ComparedMoments, type Comparison, type Snapshot } from "@/features/comparison/api";
import { MomentPicker } from "@/features/comparison/components/moment-picker";
import { MovementCard } from "@/features/comparison/components/movement-card";
import { SnapshotDialog } from "@/features/comparison/components/snapshot-dialog";
import { TacticTable } from "@/features/comparison/components/tactic-table";
import { TechniqueChanges } from "@/features/comparison/components/technique-changes";
import { usualBase } from "@/features/comparison/lib/words";
import { formatUtc } from "@/lib/format";

/** Two moments held against each other: what changed and why the score moved. */
export function ComparisonPage() {
  const snapshots = useQuery(snapshotsQuery());
  const [taking, setTaking] = useState(false);
  return (
    <>
      <PageHeader
        title="Comparison"
        description="What improved, got worse, is new or gone between two moments, and why the score moved."
        actions={
          <Button variant="primary" onClick={() => setTaking(true)}>
            Take a snapshot
          </Button>
        }
      />
      <QueryView
        query={snapshots}
        what="The snapshots"
        isEmpty={(data) => data.total === 0}
        empty={<EmptyState title="There is no snapshot yet">One is taken every week. Take the first by hand, and compare it with what comes after.</EmptyState>}
      >
        {(data) => <Compared snapshots={data.items} />}
      </QueryView>
      {taking && <SnapshotDialog onClose={() => setTaking(false)} />}
    </>
  );
}

function Compared({ snapshots }: { snapshots: readonly Snapshot[] }) {
  const [params, setParams] = useSearchParams();
  const [today] = useState(() => new Date().toISOString().slice(0, 10));
  const base = params.get("base") ?? usualBase(snapshots, today)?.id ?? "";
  const head = params.get("head") ?? "now";
  const environment = params.get("environment") ?? "";
  const asked: ComparedMoments = { base, head, environment: environment || undefined };
  const comparison = useQuery(comparisonQuery(asked));
  const choose = (name: string, values: readonly string[]) =>
    setParams(
      (previous) => {
        const next = new URLSearchParams(previous);
        next.delete(name);
        for (const value of values) if (value) next.append(name, value);
        return next;
      },
      { replace: true },
    );
  return (
    <div className="space-y-4">
      <Card>
        <div className="flex flex-wrap items-end gap-x-6 gap-y-3">
          <MomentPicker label="From" snapshots={snapshots} value={base} onChange={(value) => choose("base", [value])} />
          <MomentPicker label="To" snapshots={snapshots} value={head} onChange={(value) => choose("head", [value])} withNow />
          <EnvironmentSelect value={environment} onChange={(value) => choose("environment", [value])} />
        </div>
      </Card>
      <QueryView query={comparison} what="The comparison">
        {(data) => <ComparisonResult comparison={data} chosen={params.getAll("change")} onChoose={(values) => choose("change", values)} query={asked} />}
      </QueryView>
    </div>
  );
}

interface ComparisonResultProps {
  comparison: Comparison;
  chosen: string[];
  onChoose: (chosen: string[]) => void;
  query: ComparedMoments;
}

function ComparisonResult({ comparison, chosen, onChoose, query }: ComparisonResultProps) {
  const { base, head, figures } = comparison;
  const download = useMutation({ mutationFn: () => saveFile("/api/v1/snapshots/compare", { ...query, format: "csv" }, "comparison.csv") });
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-2 text-sm text-muted">
        <p>
          {base.name ?? "Now"}, {formatUtc(base.as_of)}, compared with {head.name ?? "now"}, {formatUtc(head.as_of)}
        </p>
        <Button pending={download.isPending} onClick={() => download.mutate()}>
          Download CSV
        </Button>
      </div>
      <InlineError error={download.error} />
      {base.attack_version !== head.attack_version && (
        <Notice>
          ATT&amp;CK {base.attack_version} on one side, {head.attack_version} on the other: techniques are followed through renames and merges, and what the release itself moved stands apart.
        </Notice>
      )}
      <div className="grid items-start gap-4 lg:grid-cols-2 2xl:grid-cols-3">
        {(figures.profile.base ?? figures.profile.head) && <MovementCard title="On the threat profile" movement={figures.profile} />}
        <MovementCard title="On all that is in scope" movement={figures.in_scope} />
        <MovementCard title="On what was tested" movement={figures.tested} />
      </div>
      <TacticTable tactics={comparison.tactics} />
      <TechniqueChanges comparison={comparison} chosen={chosen} onChoose={onChoose} />
    </>
  );
}
