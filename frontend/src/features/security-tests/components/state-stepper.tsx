import { Check } from "lucide-react";
import type { TestSummary } from "@/api/tests";
import { stateLabel } from "@/components/status/state-badge";
import { STEPS } from "@/features/security-tests/lib/turns";
import { cn } from "@/lib/cn";

const SIDE = { draft: "", red_executing: "text-red-team", blue_evaluating: "text-blue-team", in_review: "text-link", validated: "text-ok", rejected: "text-warn" };

/** Where the test stands between draft and decision. */
export function StateStepper({ test }: { test: TestSummary }) {
  const decided = test.state === "validated" || test.state === "rejected";
  const last = decided ? { state: test.state, label: stateLabel(test.state) } : { state: "validated" as const, label: "Decision" };
  const steps = [...STEPS, last];
  const at = decided ? steps.length - 1 : steps.findIndex((step) => step.state === test.state);
  return (
    <ol aria-label="Progress of the test" className="flex flex-wrap items-center gap-y-1 text-xs">
      {steps.map((step, index) => {
        const current = index === at;
        return (
          <li key={step.label} aria-current={current ? "step" : undefined} className="flex items-center">
            {index > 0 && <span aria-hidden className={cn("mx-2 h-px w-4 sm:w-8", index <= at ? "bg-line-strong" : "bg-line")} />}
            <span className={cn("inline-flex items-center gap-1.5", current ? `font-semibold ${SIDE[step.state]}` : "text-muted")}>
              <span
                aria-hidden
                className={cn(
                  "inline-flex size-4 items-center justify-center rounded-full border text-[10px]",
                  current ? "border-current" : index < at ? "border-line-strong bg-hover" : "border-line-strong/60",
                )}
              >
                {index < at || (current && test.state === "validated") ? <Check className="size-2.5" /> : index + 1}
              </span>
              {step.label}
              {index < at && <span className="sr-only"> (done)</span>}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
