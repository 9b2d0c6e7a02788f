import { X } from "lucide-react";
import { isApiError } from "@/api/errors";
import { errorText } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import type { LaidOver } from "@/features/matrix/lib/overlay";
import { scoreText, swatch } from "@/features/matrix/lib/overlay";
import type { Overlaying } from "@/features/matrix/lib/use-overlay";
import { DOMAINS } from "@/lib/platforms";
import { formatCount } from "@/lib/format";
import { plural } from "@/lib/plural";

const FIELDS = 5;

/** Why a file was refused, down to the fields that are wrong. */
export function OverlayProblem({ overlaying }: { overlaying: Overlaying }) {
  const { problem, refused, forget } = overlaying;
  if (!problem) return null;
  const fields = isApiError(problem) ? problem.errors : [];
  return (
    <div className="mb-2">
      <Notice
        tone="danger"
        alert
        title={`${refused || "The file"} was not laid over the matrix`}
        actions={
          <Button size="sm" onClick={forget}>
            Dismiss
          </Button>
        }
      >
        <p>{errorText(problem)}</p>
        {fields.length > 0 && (
          <ul className="list-disc pl-4">
            {fields.slice(0, FIELDS).map((item) => (
              <li key={`${item.field} ${item.message}`}>
                {item.field && <code className="font-mono text-xs">{item.field}</code>} {item.message}
              </li>
            ))}
            {fields.length > FIELDS && <li>and {plural(fields.length - FIELDS, "more problem")}</li>}
          </ul>
        )}
      </Notice>
    </div>
  );
}

interface LegendProps {
  laid: LaidOver;
  /** Of its cells, how many the matrix shows as it is filtered. */
  shown: number;
  onRemove: () => void;
}

/** What lies over the matrix: whose it is, what its colours mean, what of it has no place, and the way to take it away. */
export function OverlayLegend({ laid, shown, onRemove }: LegendProps) {
  const { overlay, scaled } = laid;
  const domain = DOMAINS.find(({ value }) => value === overlay.domain)?.label ?? overlay.domain;
  return (
    <section aria-label="Layer laid over the matrix" className="mb-2 flex flex-wrap items-center gap-x-4 gap-y-1.5 rounded-md border bg-sunken px-3 py-1.5 text-xs">
      <h2 className="max-w-80 truncate font-semibold" title={overlay.description || overlay.name}>
        {overlay.name || "Layer without a name"}
      </h2>
      <span className="text-muted">
        {`${formatCount(shown)} of ${plural(overlay.cells.length, "cell")} in sight · ${domain}`}
        {overlay.attack_version && ` · made for ATT&CK ${overlay.attack_version}`}
      </span>
      {scaled && <Scale laid={laid} />}
      {overlay.legend.length > 0 && (
        <ul aria-label="Legend of the layer" className="flex flex-wrap gap-x-3 gap-y-1">
          {overlay.legend.map((item, index) => (
            <li key={index} className="inline-flex items-center gap-1.5">
              <span aria-hidden className="inline-block size-3.5 rounded-sm border border-line-strong/60" style={{ backgroundColor: swatch(item.color).backgroundColor }} />
              {item.label}
            </li>
          ))}
        </ul>
      )}
      <span className="text-muted">
        <span aria-hidden>✎</span> comment only <span aria-hidden className="ml-2">✓</span> named only <span className="ml-2">off</span> switched off
      </span>
      {overlay.unknown_count > 0 && <Unknown laid={laid} />}
      <Button size="sm" className="ml-auto" onClick={onRemove}>
        <X aria-hidden className="size-3.5" /> Take away
      </Button>
    </section>
  );
}

function Scale({ laid: { scale } }: { laid: LaidOver }) {
  return (
    <span className="inline-flex items-center gap-1.5 text-muted">
      Score <span className="tabular">{scoreText(scale.min)}</span>
      <span
        aria-hidden
        className="inline-block h-3.5 w-24 rounded-sm border border-line-strong/60"
        style={{ backgroundImage: `linear-gradient(to right, ${scale.colors.map((colour) => swatch(colour).backgroundColor).join(", ")})` }}
      />
      <span className="tabular">{scoreText(scale.max)}</span>
    </span>
  );
}

function Unknown({ laid: { overlay } }: { laid: LaidOver }) {
  const more = overlay.unknown_count - overlay.unknown.length;
  return (
    <details className="min-w-0">
      <summary className="cursor-pointer text-warn">{plural(overlay.unknown_count, "entry has", "entries have")} no place in our matrix</summary>
      <p className="mt-1 max-h-24 max-w-prose overflow-y-auto font-mono text-2xs break-words" tabIndex={0}>
        {overlay.unknown.join(", ")}
        {more > 0 && ` and ${formatCount(more)} more`}
      </p>
    </details>
  );
}
