import { cn } from "@/lib/cn";

/** The mark: a shield with the crossbar of an A. */
export function BrandMark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" fill="none" aria-hidden className={cn("size-5 stroke-accent", className)} strokeWidth={1.8} strokeLinejoin="round">
      <path d="M12 2.5 4 5.5v6c0 5 3.4 8.4 8 10 4.6-1.6 8-5 8-10v-6z" />
      <path d="m8.2 15.5 3.8-8.5 3.8 8.5M9.6 12.5h4.8" strokeLinecap="round" />
    </svg>
  );
}
