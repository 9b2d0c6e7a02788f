import { cn } from "@/lib/cn";

/** Marks whose side a thing is: the only use of the two team colours. */
export function SideTag({ side, children }: { side: "red" | "blue"; children?: React.ReactNode }) {
  const red = side === "red";
  return (
    <span className={cn("inline-flex items-center gap-1.5 text-xs font-medium", red ? "text-red-team" : "text-blue-team")}>
      <span aria-hidden className={cn("size-2", red ? "rotate-45 bg-red-team" : "rounded-full bg-blue-team")} />
      {children ?? (red ? "Red" : "Blue")}
    </span>
  );
}
