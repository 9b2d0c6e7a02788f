import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

/** A list of facts: name left, value right. `pairs` puts two facts on a line where there is room. */
export function Facts({ children, className, pairs }: { children: ReactNode; className?: string; pairs?: boolean }) {
  const columns = pairs ? "grid-cols-[6.5rem_minmax(0,1fr)] md:grid-cols-[6.5rem_minmax(0,1fr)_6.5rem_minmax(0,1fr)]" : "grid-cols-[6.5rem_minmax(0,1fr)]";
  return <dl className={cn("grid gap-x-4 gap-y-1.5 text-sm", columns, className)}>{children}</dl>;
}

/** One fact; left out altogether when it has no value and no word for that. */
export function Fact({ label, children }: { label: string; children: ReactNode }) {
  if (children === null || children === undefined || children === false || children === "") return null;
  return (
    <>
      <dt className="text-muted">{label}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}
