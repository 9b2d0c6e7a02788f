import { useCallback } from "react";
import { useSearchParams } from "react-router";

export interface TableParams {
  limit: number;
  offset: number;
  /** "created_at" or "-created_at"; undefined is the server's default. */
  sort: string | undefined;
}

const LIMITS = [25, 50, 100, 200];

function whole(text: string | null, fallback: number): number {
  const value = Number(text);
  return text !== null && Number.isInteger(value) && value >= 0 ? value : fallback;
}

/**
 * Paging, sorting and filters of a list, all in the URL and nowhere else. `filters` are the names of the filter
 * parameters; a name given as "state[]" may repeat. Changing a filter or the order goes back to the first page.
 */
export function useTableParams(defaultSort?: string) {
  const [params, setParams] = useSearchParams();
  const wanted = whole(params.get("limit"), 50);
  const table: TableParams = {
    limit: LIMITS.includes(wanted) ? wanted : 50,
    offset: whole(params.get("offset"), 0),
    sort: params.get("sort") ?? defaultSort,
  };
  const patch = useCallback(
    (changes: Record<string, string | readonly string[] | null | undefined>, keepPage = false) => {
      setParams(
        (previous) => {
          const next = new URLSearchParams(previous);
          for (const [name, value] of Object.entries(changes)) {
            next.delete(name);
            for (const item of typeof value === "string" ? [value] : (value ?? [])) if (item !== "") next.append(name, item);
          }
          if (!keepPage) next.delete("offset");
          return next;
        },
        { replace: true },
      );
    },
    [setParams],
  );
  return {
    table,
    /** One filter's value, "" when unset. */
    get: (name: string) => params.get(name) ?? "",
    getAll: (name: string) => params.getAll(name),
    setFilter: (name: string, value: string | readonly string[] | null) => patch({ [name]: value }),
    patch,
    setSort: (sort: string) => patch({ sort }),
    setOffset: (offset: number) => patch({ offset: offset > 0 ? String(offset) : null }, true),
    setLimit: (limit: number) => patch({ limit: String(limit) }),
    clear: () => setParams({}, { replace: true }),
  };
}
