import { RelativeTime } from "@/components/ui/relative-time";
import { formatUtc } from "@/lib/format";

/** A time that has to be compared with logs: exact in UTC, and how long ago. */
export function ExactTime({ value }: { value: string | null }) {
  if (!value) return null;
  return (
    <span>
      <span className="tabular">{formatUtc(value)}</span> <RelativeTime value={value} className="text-xs whitespace-nowrap text-muted" />
    </span>
  );
}
