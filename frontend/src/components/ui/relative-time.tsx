import { useEffect, useState } from "react";
import { formatRelative, formatUtc } from "@/lib/format";

/** "3 hr ago" with the exact UTC on hover; a dash when there is no time. */
export function RelativeTime({ value, className }: { value: string | null | undefined; className?: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  if (!value) return <span className={className}>–</span>;
  const exact = formatUtc(value);
  return (
    <time dateTime={value} title={exact} className={className}>
      {formatRelative(value, now)}
    </time>
  );
}
