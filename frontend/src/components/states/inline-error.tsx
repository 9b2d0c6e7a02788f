import { CircleAlert } from "lucide-react";
import { isApiError } from "@/api/errors";
import { formatDuration } from "@/lib/format";

export function errorText(error: unknown): string {
  if (isApiError(error)) {
    const wait = error.status === 429 && error.retryAfter ? ` Try again in ${formatDuration(error.retryAfter)}.` : "";
    return `${error.detail}${wait}`;
  }
  return error instanceof Error ? error.message : "Something went wrong.";
}

/** A refusal beside the control that caused it; nothing while there is none. */
export function InlineError({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null;
  const requestId = isApiError(error) && (error.status >= 500 || error.status === 0) ? error.requestId : null;
  return (
    <div role="alert" className="flex items-start gap-2 rounded-md border border-danger/40 bg-danger-soft px-3 py-2 text-sm text-danger">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span className="min-w-0 break-words">
        {errorText(error)}
        {requestId && <span className="block font-mono text-xs">Request {requestId}</span>}
      </span>
    </div>
  );
}
