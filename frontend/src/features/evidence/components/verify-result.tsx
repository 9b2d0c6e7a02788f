import { ShieldAlert, ShieldCheck } from "lucide-react";
import type { components } from "@/api/schema";
import { RelativeTime } from "@/components/ui/relative-time";

/** Whether the store still holds what was uploaded. */
export function VerifyResult({ result }: { result: components["schemas"]["VerificationOutput"] }) {
  if (result.intact) {
    return (
      <p role="status" className="flex items-center gap-1.5 text-xs text-ok">
        <ShieldCheck aria-hidden className="size-3.5" />
        Intact, checked <RelativeTime value={result.checked_at} />
      </p>
    );
  }
  return (
    <div role="alert" className="flex items-start gap-1.5 text-xs text-danger">
      <ShieldAlert aria-hidden className="mt-0.5 size-3.5 shrink-0" />
      <div className="min-w-0">
        <p className="font-medium">{result.sha256 === null ? "Missing from the store" : "Altered: the stored file is not what was uploaded"}</p>
        {result.sha256 !== null && <p className="font-mono break-all">now {result.sha256}</p>}
      </div>
    </div>
  );
}
