import type { Pack } from "@/features/data-sources/api";
import { domainLabel, releaseLabel } from "@/features/data-sources/lib/labels";
import { Badge } from "@/components/ui/badge";
import { Fact, Facts } from "@/components/ui/facts";
import { Notice } from "@/components/ui/notice";
import { formatBytes, formatUtc } from "@/lib/format";
import { sourceLabel } from "@/lib/sources";
import { plural } from "@/lib/plural";

const cell = "h-8 px-3 whitespace-nowrap";

const TRUST: Record<Pack["trust"], { word: string; tone: "ok" | "danger"; about: string }> = {
  trusted: { word: "Trusted", tone: "ok", about: "" },
  unknown_key: { word: "Unknown key", tone: "danger", about: "It is signed, but its key is not among those that this installation trusts. Anybody can sign with a key of their own." },
  unsigned: { word: "Unsigned", tone: "danger", about: "Nobody signed it. Who handed it on may have changed all of it." },
};

/** A time as UTC; whatever else an unsigned manifest says stands as it was written. */
const madeAt = (text: string): string => (Number.isNaN(Date.parse(text)) ? text : formatUtc(text));

function Files({ pack }: { pack: Pack }) {
  return (
    <div className="overflow-x-auto rounded-md border" tabIndex={0} role="region" aria-label="Content of the pack">
      <table className="w-full text-sm">
        <caption className="sr-only">Content of the pack</caption>
        <thead>
          <tr className="border-b text-left">
            {["Source", "In the pack", "Held now"].map((label) => (
              <th key={label} scope="col" className={`label-caps ${cell}`}>
                {label}
              </th>
            ))}
            <th scope="col" className={`label-caps text-right ${cell}`}>
              Size
            </th>
          </tr>
        </thead>
        <tbody>
          {pack.files.map((file) => (
            <tr key={`${file.source} ${file.part}`} className="border-b align-top last:border-b-0">
              <th scope="row" className="min-w-44 px-3 py-1.5 text-left font-normal">
                <span className="whitespace-nowrap">{sourceLabel(file.source)}</span>
                {file.part !== "all" && <span className="text-muted">, {domainLabel(file.part)}</span>}
                <span className="block text-xs break-all text-muted">{file.origin}</span>
              </th>
              <td className="px-3 py-1.5 font-mono text-xs whitespace-nowrap" title={file.release ?? undefined}>
                {releaseLabel(file.release) ?? <span className="font-sans text-muted">in the file</span>}
              </td>
              <td className="px-3 py-1.5 text-xs whitespace-nowrap">
                <span className="font-mono" title={file.held_release ?? undefined}>
                  {releaseLabel(file.held_release) ?? <span className="font-sans text-muted">nothing</span>}
                </span>
                {file.same && <span className="block text-muted">the same file</span>}
              </td>
              <td className="tabular px-3 py-1.5 text-right whitespace-nowrap">{formatBytes(file.size)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What a pack says of itself, whether that can be believed, and what it would bring. */
export function PackManifest({ pack }: { pack: Pack }) {
  const trust = TRUST[pack.trust];
  const size = pack.files.reduce((sum, file) => sum + file.size, 0);
  return (
    <div className="space-y-3">
      {trust.about && (
        <Notice tone="danger" title="This pack cannot be trusted.">
          <p>{trust.about}</p>
        </Notice>
      )}
      <Facts>
        <Fact label="Name">
          <span className="font-mono text-xs break-all">{pack.name}</span>
        </Fact>
        <Fact label="Made">{madeAt(pack.made_at)}</Fact>
        <Fact label="Signature">
          <Badge tone={trust.tone}>{trust.word}</Badge>
        </Fact>
        <Fact label="Key">{pack.key && <span className="font-mono text-xs break-all">{pack.key}</span>}</Fact>
        <Fact label="Content">
          {plural(pack.files.length, "file")}, {formatBytes(size)}
        </Fact>
      </Facts>
      <Files pack={pack} />
    </div>
  );
}
