import type { ReactNode } from "react";
import { flexRender, getCoreRowModel, useReactTable, type ColumnDef, type RowData, type RowSelectionState } from "@tanstack/react-table";
import { ArrowDown, ArrowUp } from "lucide-react";
import { ErrorState } from "@/components/states/error-state";
import { EmptyState } from "@/components/states/empty-state";
import { Skeleton } from "@/components/ui/skeleton";
import { TablePager } from "@/components/data-table/table-pager";
import { useRowKeys } from "@/components/data-table/use-row-keys";
import type { TableParams } from "@/components/data-table/use-table-params";
import { cn } from "@/lib/cn";

declare module "@tanstack/react-table" {
  // The names of the parameters are the library's.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  interface ColumnMeta<TData extends RowData, TValue> {
    /** The server's sort key; a column without one cannot be sorted. */
    sort?: string;
    /** Classes of heading and cells. */
    className?: string;
    /** Classes of the cells alone. */
    cellClassName?: string;
    align?: "right";
  }
}

export interface PageOf<T> {
  items: T[];
  total: number;
  limit: number;
  offset: number;
}

interface DataTableProps<T> {
  /** Says what the table lists; read to screen readers. */
  caption: string;
  columns: ColumnDef<T>[];
  query: { data: PageOf<T> | undefined; error: unknown; isFetching: boolean; refetch: () => unknown };
  rowId: (row: T) => string;
  params: TableParams;
  onSort: (sort: string) => void;
  onOffset: (offset: number) => void;
  onLimit?: (limit: number) => void;
  /** A click or Enter on a row; links inside the row keep working. */
  onRowClick?: (row: T) => void;
  empty?: ReactNode;
  selection?: { value: RowSelectionState; onChange: (value: RowSelectionState) => void };
  columnVisibility?: Record<string, boolean>;
}

function SortHeader({ label, sortKey, current, onSort }: { label: ReactNode; sortKey: string; current: string | undefined; onSort: (sort: string) => void }) {
  const up = current === sortKey;
  const down = current === `-${sortKey}`;
  return (
    <button type="button" onClick={() => onSort(up ? `-${sortKey}` : sortKey)} className="-mx-1 inline-flex h-6 items-center gap-1 rounded-sm px-1 hover:text-fg">
      {label}
      {up && <ArrowUp aria-hidden className="size-3" />}
      {down && <ArrowDown aria-hidden className="size-3" />}
    </button>
  );
}

const sortState = (key: string | undefined, current: string | undefined) => {
  if (!key) return undefined;
  if (current === key) return "ascending" as const;
  return current === `-${key}` ? ("descending" as const) : ("none" as const);
};

/** Not a click on a control of the row, nor one in a menu, which bubbles here through React though it stands elsewhere. */
function isOwnClick(event: React.MouseEvent<HTMLElement>): boolean {
  const { target, currentTarget } = event;
  return target instanceof Element && currentTarget.contains(target) && target.closest("a,button,input,select,label") === null;
}

/** The one table: server-side paging and order, 32 px rows, all four states. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { caption, columns, query, rowId, params, onSort, onRowClick, selection, columnVisibility = {} } = props;
  const body = useRowKeys();
  // eslint-disable-next-line react-hooks/incompatible-library -- the table object is used in this render only
  const table = useReactTable({
    data: query.data?.items ?? [],
    columns,
    getCoreRowModel: getCoreRowModel(),
    getRowId: rowId,
    manualPagination: true,
    manualSorting: true,
    enableRowSelection: selection !== undefined,
    state: { columnVisibility, rowSelection: selection?.value ?? {} },
    onRowSelectionChange: (update) => selection?.onChange(typeof update === "function" ? update(selection.value) : update),
  });
  if (!query.data && query.error) return <ErrorState error={query.error} what={caption} onRetry={() => void query.refetch()} />;
  const rows = table.getRowModel().rows;
  return (
    <div aria-busy={query.isFetching}>
      {/* The scroll box takes the focus so that a wide table can be moved with the arrow keys. */}
      <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={caption}>
        <table className="w-full border-collapse text-sm">
          <caption className="sr-only">{caption}</caption>
          <thead>
            <tr className="border-b">
              {table.getFlatHeaders().map((header) => {
                const meta = header.column.columnDef.meta;
                const label = flexRender(header.column.columnDef.header, header.getContext());
                return (
                  <th
                    key={header.id}
                    scope="col"
                    aria-sort={sortState(meta?.sort, params.sort)}
                    className={cn("label-caps h-8 px-3 text-left whitespace-nowrap", meta?.align === "right" && "text-right", meta?.className)}
                  >
                    {meta?.sort ? <SortHeader label={label} sortKey={meta.sort} current={params.sort} onSort={onSort} /> : label}
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody ref={body}>
            {!query.data && <SkeletonRows columns={table.getVisibleFlatColumns().length} />}
            {rows.map((row) => (
              <tr
                key={row.id}
                data-row
                tabIndex={-1}
                aria-selected={selection ? row.getIsSelected() : undefined}
                onClick={(event) => {
                  if (isOwnClick(event)) onRowClick?.(row.original);
                }}
                onKeyDown={(event) => {
                  if (event.key === "Enter" && event.target === event.currentTarget) onRowClick?.(row.original);
                }}
                className={cn("h-8 border-b last:border-b-0 hover:bg-hover focus:bg-selected focus:outline-none", onRowClick && "cursor-pointer", row.getIsSelected() && "bg-selected")}
              >
                {row.getVisibleCells().map((cell) => (
                  <td key={cell.id} className={cn("px-3 py-1", cell.column.columnDef.meta?.align === "right" && "text-right", cell.column.columnDef.meta?.className, cell.column.columnDef.meta?.cellClassName)}>
                    {flexRender(cell.column.columnDef.cell, cell.getContext())}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {query.data?.items.length === 0 && (props.empty ?? <EmptyState title="Nothing here" />)}
      {query.data && query.data.total > 0 && <TablePager page={query.data} onOffset={props.onOffset} onLimit={props.onLimit} />}
    </div>
  );
}

function SkeletonRows({ columns }: { columns: number }) {
  return Array.from({ length: 6 }, (_, row) => (
    <tr key={row} className="h-8 border-b last:border-b-0">
      {Array.from({ length: columns }, (_cell, column) => (
        <td key={column} className="px-3">
          <Skeleton className={column % 2 ? "h-3 w-2/3" : "h-3 w-5/6"} />
        </td>
      ))}
    </tr>
  ));
}
