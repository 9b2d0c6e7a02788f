import type { ReactNode } from "react";
import type { UseQueryResult } from "@tanstack/react-query";
import { ErrorState } from "@/components/states/error-state";
import { LoadingState } from "@/components/states/loading-state";

interface QueryViewProps<T> {
  query: UseQueryResult<T>;
  /** What is loaded, for the error: "The users". */
  what?: string;
  loading?: ReactNode;
  /** Shown instead of the data when `isEmpty` says so. */
  empty?: ReactNode;
  isEmpty?: (data: T) => boolean;
  children: (data: T) => ReactNode;
}

/** The four states of a data view in one place: loading, error, empty, data. */
export function QueryView<T>({ query, what, loading, empty, isEmpty, children }: QueryViewProps<T>) {
  if (query.data !== undefined) {
    return empty !== undefined && isEmpty?.(query.data) ? empty : children(query.data);
  }
  if (query.error) return <ErrorState error={query.error} what={what} onRetry={() => void query.refetch()} />;
  return loading ?? <LoadingState />;
}
