import { useEffect, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { isApiError } from "@/api/errors";
import { QueryView } from "@/components/states/query-view";
import { previewQuery, type Evidence } from "@/features/evidence/api";

const TEXT_SHOWN = 64 * 1024;

function Picture({ blob, alt }: { blob: Blob; alt: string }) {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    // An address of a blob lives until it is revoked, so it belongs to the effect.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return <img src={address} alt={alt} className="mx-auto max-h-[55vh] max-w-full rounded-md border bg-sunken object-contain" />;
}

/** The file as the server redraws it: never the file itself. */
export function Preview({ item }: { item: Evidence }) {
  const preview = useQuery(previewQuery(item.test_id, item.id));
  if (isApiError(preview.error, 422) || isApiError(preview.error, 413)) {
    return <p className="text-sm text-muted">{preview.error.detail}</p>;
  }
  return (
    <QueryView query={preview} what="The preview">
      {(data) =>
        data.kind === "image" ? (
          <Picture blob={data.blob} alt={item.caption || `Preview of ${item.filename}`} />
        ) : (
          <>
            <pre tabIndex={0} aria-label={`Text of ${item.filename}`} className="max-h-[55vh] overflow-auto rounded-md border bg-sunken p-3 font-mono text-xs whitespace-pre-wrap">
              {data.text}
            </pre>
            {item.size > TEXT_SHOWN && <p className="mt-1 text-xs text-muted">The first 64 KiB. Download the file for the rest.</p>}
          </>
        )
      }
    </QueryView>
  );
}
