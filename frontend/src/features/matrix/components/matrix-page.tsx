import { useMemo, useRef, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/page-header";
import { EmptyState } from "@/components/states/empty-state";
import { QueryView } from "@/components/states/query-view";
import { Skeleton } from "@/components/ui/skeleton";
import { heatmapQuery, type Heatmap } from "@/features/matrix/api";
import { ExportMenu } from "@/features/matrix/components/export-menu";
import { MatrixGrid } from "@/features/matrix/components/matrix-grid";
import { MatrixLegend } from "@/features/matrix/components/matrix-legend";
import { MatrixTable } from "@/features/matrix/components/matrix-table";
import { MatrixToolbar } from "@/features/matrix/components/matrix-toolbar";
import { TechniquePanel } from "@/features/matrix/components/technique-panel";
import { group, layout } from "@/features/matrix/lib/layout";
import { endOfScale } from "@/features/matrix/lib/layers";
import { useFolds } from "@/features/matrix/lib/use-folds";
import { useMatrixParams } from "@/features/matrix/lib/use-matrix-params";
import { formatCount } from "@/lib/format";

type MatrixParams = ReturnType<typeof useMatrixParams>;

export function MatrixPage() {
  const params = useMatrixParams();
  const heatmap = useQuery(heatmapQuery(params.query));
  const totals = heatmap.data?.totals;
  return (
    <div className="flex min-h-full flex-col lg:h-full">
      <PageHeader
        title="ATT&CK Matrix"
        actions={<ExportMenu query={params.query} />}
        meta={
          totals && (
            <span className="text-xs text-muted" title="Statuses are counted over units: techniques without sub-techniques, and parents with tests of their own.">
              {heatmap.data?.attack_version && `ATT&CK ${heatmap.data.attack_version} · `}
              {`${formatCount(totals.techniques)} techniques in ${formatCount(totals.cells)} cells · ${formatCount(totals.leaves)} leaves, ${formatCount(totals.units)} units counted`}
            </span>
          )
        }
      />
      <MatrixToolbar params={params} />
      <QueryView query={heatmap} what="The matrix" loading={<MatrixSkeleton />}>
        {(matrix) => <MatrixBody matrix={matrix} params={params} busy={heatmap.isFetching} />}
      </QueryView>
    </div>
  );
}

function MatrixBody({ matrix, params, busy }: { matrix: Heatmap; params: MatrixParams; busy: boolean }) {
  const { view, selecting, filtered, patch, clear } = params;
  const { isOpen, toggle } = useFolds(view.allOpen || selecting);
  const families = useMemo(() => group(matrix), [matrix]);
  const placed = useMemo(() => layout(families, isOpen, { keepEmpty: !selecting }), [families, isOpen, selecting]);
  const top = useMemo(() => endOfScale(matrix.cells, view.layer), [matrix, view.layer]);
  const [byKey, setByKey] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const selected = matrix.cells.find((cell) => `${cell.tactic}/${cell.attack_id}` === view.at);
  const close = () => {
    patch({ at: null }, true);
    box.current?.querySelector<HTMLElement>(`[data-cell="${CSS.escape(view.at)}"]`)?.focus();
  };
  return (
    <>
      <MatrixLegend
        counts={matrix.counts}
        layer={view.layer}
        top={top}
        chosen={view.statuses}
        onChange={(statuses) => patch({ status: statuses })}
      />
      <div ref={box} className="flex min-h-[70vh] flex-1 gap-3 lg:min-h-0">
        {matrix.cells.length === 0 ? (
          <NothingShown filtered={filtered} onClear={clear} />
        ) : view.table ? (
          <MatrixTable matrix={matrix} params={params} />
        ) : (
          <MatrixGrid
            layout={placed}
            layer={view.layer}
            zoom={view.zoom}
            top={top}
            busy={busy}
            selected={view.at}
            onOpen={(key, fromKeyboard) => {
              setByKey(fromKeyboard);
              patch({ at: key }, true);
            }}
            onFold={toggle}
          />
        )}
        {selected && <TechniquePanel key={selected.attack_id} cell={selected} domain={view.domain} focus={byKey} onClose={close} />}
      </div>
    </>
  );
}

function NothingShown({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  return (
    <div className="flex-1 rounded-lg border bg-surface">
      {filtered ? (
        <EmptyState title="No technique matches" action={<Button onClick={onClear}>Clear filters</Button>}>
          Take a filter away to see more of the matrix.
        </EmptyState>
      ) : (
        <EmptyState title="No ATT&CK content for this domain">An administrator loads it under System, MITRE Sync.</EmptyState>
      )}
    </div>
  );
}

function MatrixSkeleton() {
  return (
    <div role="status" aria-label="Loading the matrix" className="grid min-h-[70vh] flex-1 auto-rows-min grid-cols-3 gap-1.5 overflow-hidden rounded-lg border bg-surface p-2 md:grid-cols-7">
      {Array.from({ length: 84 }, (_, cell) => (
        <Skeleton key={cell} className="h-10" />
      ))}
    </div>
  );
}
