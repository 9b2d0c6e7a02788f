import { Lock, SearchX, TriangleAlert } from "lucide-react";
import { isApiError } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { Copyable } from "@/components/ui/copyable";
import { errorText } from "@/components/states/inline-error";

interface ErrorStateProps {
  error: unknown;
  onRetry?: () => void;
  /** What could not be shown, as in "The users". */
  what?: string;
}

function heading(error: unknown, what: string): { title: string; Icon: typeof Lock } {
  if (isApiError(error, 403)) return { title: "You may not see this", Icon: Lock };
  if (isApiError(error, 404)) return { title: "Not found", Icon: SearchX };
  return { title: `${what} could not be loaded`, Icon: TriangleAlert };
}

/** Stands where the data would: what happened, a way to try again, and the request id for whoever helps. */
export function ErrorState({ error, onRetry, what = "This" }: ErrorStateProps) {
  const { title, Icon } = heading(error, what);
  const retryable = !isApiError(error, 403) && !isApiError(error, 404);
  return (
    <div role="alert" className="flex flex-col items-center gap-2 px-6 py-10 text-center">
      <Icon aria-hidden className="size-6 text-muted" />
      <p className="text-base font-medium">{title}</p>
      <p className="max-w-prose text-sm text-muted">{errorText(error)}</p>
      {onRetry && retryable && (
        <Button className="mt-1" onClick={onRetry}>
          Try again
        </Button>
      )}
      {isApiError(error) && error.requestId && (
        <p className="flex items-center gap-1 text-xs text-muted">
          Request <Copyable value={error.requestId} label="request id" />
        </p>
      )}
    </div>
  );
}
