import { cn } from "@/lib/cn";

interface ProgressProps {
  label: string;
  /** Null while the total is not known: the bar then says only that work goes on. */
  value: number | null;
  max?: number;
  className?: string;
}

export function Progress({ label, value, max = 100, className }: ProgressProps) {
  const ratio = value === null || max <= 0 ? null : Math.min(1, value / max);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={value ?? undefined}
      className={cn("h-1.5 overflow-hidden rounded-full bg-hover", className)}
    >
      <div
        className={cn("h-full rounded-full bg-accent transition-[width]", ratio === null && "w-1/3 animate-pulse")}
        style={ratio === null ? undefined : { width: `${ratio * 100}%` }}
      />
    </div>
  );
}
