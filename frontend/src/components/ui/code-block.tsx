import { useState } from "react";
import { Check, Copy } from "lucide-react";
import { cn } from "@/lib/cn";

/** A command or other text as it was run: monospace, wrapped, with a button that copies it. */
export function CodeBlock({ value, label, className }: { value: string; label: string; className?: string }) {
  const [copied, setCopied] = useState(false);
  async function copy() {
    await navigator.clipboard.writeText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  }
  const Icon = copied ? Check : Copy;
  return (
    <div className={cn("relative rounded-md border bg-sunken", className)}>
      <pre tabIndex={0} aria-label={label} className="max-h-72 overflow-auto py-2 pr-9 pl-3 font-mono text-xs break-words whitespace-pre-wrap">
        {value}
      </pre>
      <button
        type="button"
        onClick={() => void copy()}
        aria-label={copied ? `${label} copied` : `Copy ${label}`}
        className="absolute top-1 right-1 inline-flex size-6.5 items-center justify-center rounded-sm bg-sunken text-faint hover:bg-hover hover:text-fg"
      >
        <Icon aria-hidden className="size-3.5" />
      </button>
    </div>
  );
}
