import { CircleAlert } from "lucide-react";
import { isApiError, type FieldError } from "@/api/errors";
import { sentence } from "@/components/form/place-errors";
import { errorText } from "@/components/states/inline-error";

interface RefusalProps {
  error: unknown;
  /** Faults that stand on no field of the form. */
  left?: readonly FieldError[];
}

/** Why an act was refused, with every fault that no field shows. */
export function Refusal({ error, left }: RefusalProps) {
  if (error === null || error === undefined) return null;
  const faults = left ?? (isApiError(error) ? error.errors : []);
  const requestId = isApiError(error) && (error.status >= 500 || error.status === 0) ? error.requestId : null;
  return (
    <div role="alert" className="flex items-start gap-2 rounded-md border border-danger/40 bg-danger-soft px-3 py-2 text-sm text-danger">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 break-words">
        {errorText(error)}
        {faults.length > 0 && (
          <ul className="mt-1 list-disc pl-4">
            {faults.map((fault) => (
              <li key={`${fault.field}-${fault.code}`}>{sentence(fault.message)}</li>
            ))}
          </ul>
        )}
        {requestId && <span className="block font-mono text-xs">Request {requestId}</span>}
      </div>
    </div>
  );
}
