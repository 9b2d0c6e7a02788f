import { ChevronLeft, ChevronRight } from "lucide-react";
import { Button } from "@/components/ui/button";
import { formatCount } from "@/lib/format";

interface TablePagerProps {
  page: { total: number; limit: number; offset: number };
  onOffset: (offset: number) => void;
  onLimit?: (limit: number) => void;
}

export function TablePager({ page, onOffset, onLimit }: TablePagerProps) {
  const first = Math.min(page.offset + 1, page.total);
  const last = Math.min(page.offset + page.limit, page.total);
  return (
    <nav aria-label="Pages" className="flex flex-wrap items-center justify-end gap-3 border-t px-3 py-1.5 text-xs text-muted">
      {onLimit && (
        <label className="flex items-center gap-1.5">
          Rows
          <select
            value={page.limit}
            onChange={(event) => onLimit(Number(event.target.value))}
            className="h-6 rounded-sm border border-line-strong/60 bg-surface px-1"
          >
            {[25, 50, 100, 200].map((limit) => (
              <option key={limit}>{limit}</option>
            ))}
          </select>
        </label>
      )}
      <span className="tabular" role="status">
        {formatCount(first)}–{formatCount(last)} of {formatCount(page.total)}
      </span>
      <span className="flex gap-1">
        <Button size="sm" variant="ghost" aria-label="Previous page" disabled={page.offset === 0} onClick={() => onOffset(Math.max(0, page.offset - page.limit))}>
          <ChevronLeft aria-hidden className="size-4" />
        </Button>
        <Button size="sm" variant="ghost" aria-label="Next page" disabled={last >= page.total} onClick={() => onOffset(page.offset + page.limit)}>
          <ChevronRight aria-hidden className="size-4" />
        </Button>
      </span>
    </nav>
  );
}
