import type { ReactNode } from "react";
import { formatCount } from "@/lib/format";
import { cn } from "@/lib/cn";

export interface CountChoice {
  value: string;
  label: string;
  count: number | undefined;
  symbol?: string;
  /** Classes of the symbol. */
  tone?: string;
  title?: string;
}

interface CountFilterProps {
  /** What is counted, for screen readers. */
  label: string;
  choices: readonly CountChoice[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  children?: ReactNode;
}

/** How many there are of each kind; pressing one shows only those. */
export function CountFilter({ label, choices, chosen, onChange, children }: CountFilterProps) {
  return (
    <div role="group" aria-label={label} className="flex flex-wrap items-center gap-1">
      {choices.map(({ value, label: words, count, symbol, tone, title }) => {
        const pressed = chosen.includes(value);
        return (
          <button
            key={value}
            type="button"
            aria-pressed={pressed}
            title={title}
            onClick={() => onChange(pressed ? chosen.filter((item) => item !== value) : [...chosen, value])}
            className={cn(
              "inline-flex h-6 items-center gap-1.5 rounded-sm border px-1.5 text-xs whitespace-nowrap",
              pressed ? "border-fg bg-selected" : "border-line-strong/40 bg-surface hover:border-line-strong hover:bg-hover",
            )}
          >
            {symbol && (
              <span aria-hidden className={tone}>
                {symbol}
              </span>
            )}
            {words} <span className="font-medium tabular">{count === undefined ? "…" : formatCount(count)}</span>
          </button>
        );
      })}
      {children}
    </div>
  );
}
