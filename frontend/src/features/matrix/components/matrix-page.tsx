import { useMemo, useRef, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { PageHeader } from "@/components/ui/page-header";
import { EmptyState } from "@/components/states/empty-state";
import { QueryView } from "@/components/states/query-view";
import { Skeleton } from "@/components/ui/skeleton";
import { heatmapQuery, type Heatmap } from "@/features/matrix/api";
import { ExportMenu } from "@/features/matrix/components/export-menu";
import { MatrixGrid, type Painting } from "@/features/matrix/components/matrix-grid";
import { MatrixLegend } from "@/features/matrix/components/matrix-legend";
import { MatrixTable } from "@/features/matrix/components/matrix-table";
import { MatrixToolbar } from "@/features/matrix/components/matrix-toolbar";
import { OverlayButton } from "@/features/matrix/components/overlay-button";
import { OverlayDrop } from "@/features/matrix/components/overlay-drop";
import { OverlayLegend, OverlayProblem } from "@/features/matrix/components/overlay-legend";
import { TechniquePanel } from "@/features/matrix/components/technique-panel";
import { cellKey, group, layout } from "@/features/matrix/lib/layout";
import { endOfScale, layerNamed, readingsOf } from "@/features/matrix/lib/layers";
import { useFolds } from "@/features/matrix/lib/use-folds";
import { useMatrixParams } from "@/features/matrix/lib/use-matrix-params";
import { useOverlay, type Overlaying } from "@/features/matrix/lib/use-overlay";
import { plural } from "@/lib/plural";

type MatrixParams = ReturnType<typeof useMatrixParams>;

export function MatrixPage() {
  const params = useMatrixParams();
  const heatmap = useQuery(heatmapQuery(params.query));
  const totals = heatmap.data?.totals;
  const { domain } = params.view;
  const overlaying = useOverlay(({ overlay }) => {
    // Its cells are to be seen.
    if (overlay.domain !== domain) params.patch({ domain: overlay.domain, platform: null, tactic: null, at: null });
  });
  return (
    <OverlayDrop onFile={overlaying.take}>
      <PageHeader
        title="ATT&CK Matrix"
        actions={
          <>
            <OverlayButton overlaying={overlaying} />
            <ExportMenu query={params.query} laidOver={overlaying.laid?.layer} />
          </>
        }
        meta={
          totals && (
            <span className="text-xs text-muted" title="Statuses are counted over units: techniques without sub-techniques, and parents with tests of their own.">
              {heatmap.data?.attack_version && `ATT&CK ${heatmap.data.attack_version} · `}
              {`${plural(totals.techniques, "technique")} in ${plural(totals.cells, "cell")} · ${plural(totals.leaves, "leaf", "leaves")}, ${plural(totals.units, "unit")} counted`}
            </span>
          )
        }
      />
      <MatrixToolbar params={params} />
      <OverlayProblem overlaying={overlaying} />
      <QueryView query={heatmap} what="The matrix" loading={<MatrixSkeleton />}>
        {(matrix) => <MatrixBody matrix={matrix} params={params} busy={heatmap.isFetching} overlaying={overlaying} />}
      </QueryView>
    </OverlayDrop>
  );
}

interface BodyProps {
  matrix: Heatmap;
  params: MatrixParams;
  busy: boolean;
  overlaying: Overlaying;
}

/** How the cells are painted: by the layers that the answer has, which may still be those before a change. */
function usePainting(matrix: Heatmap, laid: Overlaying["laid"]): Painting {
  return useMemo(() => {
    const [layer, compare] = [layerNamed(matrix.layer), matrix.compare === null ? null : layerNamed(matrix.compare)];
    return {
      layer,
      compare,
      marks: laid?.overlay.domain === matrix.domain ? laid.marks : null,
      top: endOfScale(matrix.cells, layer),
      compareTop: compare ? endOfScale(matrix.cells, compare, (cell) => cell.compare) : 0,
    };
  }, [matrix, laid]);
}

function MatrixBody({ matrix, params, busy, overlaying }: BodyProps) {
  const { view, selecting, filtered, patch, clear } = params;
  const { laid, remove } = overlaying;
  const { isOpen, toggle } = useFolds(view.allOpen || selecting);
  const families = useMemo(() => group(matrix), [matrix]);
  const placed = useMemo(() => layout(families, isOpen, { keepEmpty: !selecting }), [families, isOpen, selecting]);
  const painting = usePainting(matrix, laid);
  const inSight = useMemo(() => matrix.cells.filter((cell) => painting.marks?.has(cellKey(cell.tactic, cell.attack_id))).length, [matrix, painting]);
  const [byKey, setByKey] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const selected = matrix.cells.find((cell) => cellKey(cell.tactic, cell.attack_id) === view.at);
  const close = () => {
    patch({ at: null }, true);
    box.current?.querySelector<HTMLElement>(`[data-cell="${CSS.escape(view.at)}"]`)?.focus();
  };
  return (
    <>
      <MatrixLegend
        counts={matrix.counts}
        painting={painting}
        chosen={view.statuses}
        onChange={(statuses) => patch({ status: statuses })}
      />
      {laid && <OverlayLegend laid={laid} shown={inSight} onRemove={remove} />}
      <div ref={box} className="flex min-h-[70vh] flex-1 gap-3 lg:min-h-0">
        {matrix.cells.length === 0 ? (
          <NothingShown filtered={filtered} onClear={clear} />
        ) : view.table ? (
          <MatrixTable matrix={matrix} params={params} painting={painting} />
        ) : (
          <MatrixGrid
            layout={placed}
            painting={painting}
            zoom={view.zoom}
            busy={busy}
            selected={view.at}
            onOpen={(key, fromKeyboard) => {
              setByKey(fromKeyboard);
              patch({ at: key }, true);
            }}
            onFold={toggle}
          />
        )}
        {selected && (
          <TechniquePanel
            key={selected.attack_id}
            cell={selected}
            domain={view.domain}
            readings={readingsOf(selected, { ...painting, overlay: painting.marks?.get(view.at)?.said, overlayName: laid?.overlay.name })}
            focus={byKey}
            onClose={close}
          />
        )}
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
