import type { ReactNode } from "react";
import { isRouteErrorResponse, Link, useRouteError } from "react-router";
import { isApiError } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { Copyable } from "@/components/ui/copyable";
import { useTitle } from "@/hooks/use-title";

interface MessagePageProps {
  code: string;
  title: string;
  children: ReactNode;
  actions?: ReactNode;
}

function MessagePage({ code, title, children, actions }: MessagePageProps) {
  useTitle(title);
  return (
    <div className="mx-auto flex max-w-lg flex-col gap-3 px-4 py-20">
      <p className="font-mono text-sm text-muted">{code}</p>
      <h1 tabIndex={-1} className="text-2xl font-semibold tracking-tight outline-none">
        {title}
      </h1>
      <div className="space-y-2 text-base text-muted">{children}</div>
      <div className="mt-3 flex gap-2">
        {actions}
        <Button asChild>
          <Link to="/">Go to the start page</Link>
        </Button>
      </div>
    </div>
  );
}

export function NotFoundPage() {
  return (
    <MessagePage code="404" title="There is no such page">
      <p>The address may be mistyped, or what stood here is gone. Press Ctrl K (⌘ K) to search for it.</p>
    </MessagePage>
  );
}

export function ForbiddenPage({ title }: { title: string }) {
  return (
    <MessagePage code="403" title="Your role does not open this page">
      <p>“{title}” needs a permission that your role does not have. An administrator can change roles.</p>
    </MessagePage>
  );
}

/** The error boundary of every route: what went wrong, with a way on. */
export function RouteErrorPage() {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFoundPage />;
  const requestId = isApiError(error) ? error.requestId : null;
  const unreachable = isApiError(error, 0);
  return (
    <MessagePage
      code={isApiError(error) && error.status > 0 ? String(error.status) : "Error"}
      title={unreachable ? "The server cannot be reached" : "This page failed"}
      actions={
        <Button variant="primary" onClick={() => window.location.reload()}>
          Load again
        </Button>
      }
    >
      <p>
        {unreachable
          ? "It may be restarting, or the connection is down. Nothing that was saved is lost."
          : "Nothing that was saved is lost. Load the page again; if it fails once more, tell an administrator."}
      </p>
      {requestId && (
        <p className="flex items-center gap-1 text-sm">
          Request <Copyable value={requestId} label="request id" />
        </p>
      )}
    </MessagePage>
  );
}
