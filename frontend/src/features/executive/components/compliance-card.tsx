import { Card } from "@/components/ui/card";
import type { Gauge } from "@/features/executive/api";
import { formatCount, formatRate } from "@/lib/format";

const CLASSES = [
  { key: "supported", label: "supported", fill: "bg-cov-validated" },
  { key: "thin", label: "thin", fill: "bg-cov-partial" },
  { key: "contradicted", label: "contradicted", fill: "bg-cov-not-covered" },
  { key: "no_evidence", label: "no evidence", fill: "bg-line-strong" },
] as const;

/** What tests say of each framework's mapped compliance controls. */
export function ComplianceCard({ gauges }: { gauges: readonly Gauge[] }) {
  return (
    <Card title="Compliance" description="Indicates, does not certify.">
      {gauges.length === 0 ? (
        <p className="text-sm text-muted">No framework is loaded.</p>
      ) : (
        <ul className="space-y-3">
          {gauges.map((gauge) => (
            <GaugeRow key={gauge.id} gauge={gauge} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function GaugeRow({ gauge }: { gauge: Gauge }) {
  const words = CLASSES.map(({ key, label }) => `${formatCount(gauge.classes[key])} ${label}`).join(", ");
  return (
    <li className="text-sm">
      <p className="flex justify-between gap-3">
        <span className="min-w-0 truncate" title={gauge.name}>
          {gauge.name}
        </span>
        <span className="font-medium whitespace-nowrap tabular">{formatRate(gauge.share)}</span>
      </p>
      <span role="img" aria-label={words} title={words} className="mt-1 flex h-2 gap-px overflow-hidden rounded-sm bg-sunken">
        {gauge.mapped > 0 &&
          CLASSES.map(({ key, fill }) => gauge.classes[key] > 0 && <span key={key} className={fill} style={{ width: `${(100 * gauge.classes[key]) / gauge.mapped}%` }} />)}
      </span>
      <p className="mt-0.5 text-xs text-muted">
        {words}; of {formatCount(gauge.mapped)} mapped compliance controls{gauge.mapping_version && `, mapping for ATT&CK ${gauge.mapping_version}`}
      </p>
    </li>
  );
}
