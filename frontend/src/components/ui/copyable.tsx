import { useState } from "react";
import { Check, Copy } from "lucide-react";
import { cn } from "@/lib/cn";

interface CopyableProps {
  value: string;
  /** What stands on the page; the whole value is copied all the same. */
  display?: string;
  label: string;
  className?: string;
}

/** An id, hash or command in monospace with a button that copies it. */
export function Copyable({ value, display, label, className }: CopyableProps) {
  const [copied, setCopied] = useState(false);
  async function copy() {
    await navigator.clipboard.writeText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  }
  const Icon = copied ? Check : Copy;
  return (
    <span className={cn("inline-flex min-w-0 items-center gap-1 font-mono text-xs", className)}>
      <span className="min-w-0 break-all" title={value}>
        {display ?? value}
      </span>
      <button
        type="button"
        onClick={() => void copy()}
        aria-label={copied ? `${label} copied` : `Copy ${label}`}
        className="inline-flex size-6 shrink-0 items-center justify-center rounded-sm text-faint hover:bg-hover hover:text-fg"
      >
        <Icon aria-hidden className="size-3.5" />
      </button>
    </span>
  );
}
