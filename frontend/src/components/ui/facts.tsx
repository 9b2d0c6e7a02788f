import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

/** A list of facts: name left, value right; one under the other where it is narrow. */
export function Facts({ children, className }: { children: ReactNode; className?: string }) {
  return <dl className={cn("grid grid-cols-[minmax(6.5rem,auto)_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-sm", className)}>{children}</dl>;
}

/** One fact; left out altogether when it has no value and no word for that. */
export function Fact({ label, children }: { label: string; children: ReactNode }) {
  if (children === null || children === undefined || children === "") return null;
  return (
    <>
      <dt className="text-muted">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}
