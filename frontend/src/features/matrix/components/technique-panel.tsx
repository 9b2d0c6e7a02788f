import { useEffect, useRef } from "react";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useCan } from "@/api/me";
import { techniqueQuery, type DomainName } from "@/api/techniques";
import { QueryView } from "@/components/states/query-view";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import type { HeatmapCell } from "@/features/matrix/api";
import { PanelFacts } from "@/features/matrix/components/panel-facts";
import type { Reading } from "@/features/matrix/lib/layers";
import { useMedia } from "@/hooks/use-media";

interface PanelProps {
  cell: HeatmapCell;
  domain: DomainName;
  /** What the layers say of it. */
  readings: Reading[];
  /** Whether the focus goes along. */
  focus: boolean;
  onClose: () => void;
}

/** What a cell stands for, beside the matrix; over it where there is no room. */
export function TechniquePanel(props: PanelProps) {
  const wide = useMedia("(min-width: 1024px)");
  const { cell, onClose } = props;
  if (wide) return <SidePanel {...props} />;
  return (
    <Dialog open onOpenChange={onClose} variant="panel" title={<PanelTitle cell={cell} />}>
      <PanelBody {...props} />
    </Dialog>
  );
}

function PanelTitle({ cell }: { cell: HeatmapCell }) {
  return (
    <>
      <span className="block font-mono text-xs font-normal text-muted">{cell.attack_id}</span>
      {cell.name}
    </>
  );
}

function SidePanel(props: PanelProps) {
  const { cell, focus, onClose } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (focus) heading.current?.focus();
  }, [focus, cell.attack_id]);
  return (
    <aside
      aria-label={`${cell.attack_id} ${cell.name}`}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
      className="flex w-88 shrink-0 flex-col overflow-hidden rounded-lg border bg-raised"
    >
      <header className="flex items-start justify-between gap-3 border-b px-4 py-3">
        <h2 ref={heading} tabIndex={-1} className="min-w-0 text-base font-semibold outline-none">
          <PanelTitle cell={cell} />
        </h2>
        <button type="button" aria-label="Close" onClick={onClose} className="-mr-1 inline-flex size-6 shrink-0 items-center justify-center rounded-sm text-muted hover:bg-hover hover:text-fg">
          <X aria-hidden className="size-4" />
        </button>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto p-4">
        <PanelBody {...props} />
      </div>
    </aside>
  );
}

function PanelBody({ cell, domain, readings }: PanelProps) {
  const technique = useQuery(techniqueQuery(cell.attack_id, domain));
  const mayCreate = useCan("test:create");
  return (
    <div className="space-y-4 text-sm">
      <div className="flex flex-wrap items-center gap-2">
        {mayCreate && (
          <Button asChild variant="primary">
            <Link to={`/tests/new?technique=${cell.attack_id}`}>Start a test</Link>
          </Button>
        )}
        <Button asChild>
          <Link to={`/techniques/${cell.attack_id}${domain === "enterprise" ? "" : `?domain=${domain}`}`}>Open technique</Link>
        </Button>
        {cell.review_required && <Badge tone="warn">⚑ Review needed</Badge>}
      </div>
      <QueryView query={technique} what="The technique">
        {(data) => <PanelFacts technique={data} cell={cell} readings={readings} />}
      </QueryView>
    </div>
  );
}
