import { Copyable } from "@/components/ui/copyable";

interface OnceShownProps {
  label: string;
  value: string;
  children: React.ReactNode;
}

/** A secret that the server will not show again: to be copied now. */
export function OnceShown({ label, value, children }: OnceShownProps) {
  return (
    <div className="space-y-2 rounded-md border border-accent/50 bg-accent-soft p-3">
      <p className="text-sm">{children}</p>
      <Copyable value={value} label={label} className="w-full justify-between rounded-sm bg-surface px-2 py-1" />
    </div>
  );
}
