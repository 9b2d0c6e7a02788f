import type { BadgeTone } from "@/components/ui/badge";
import type { FindingStatus, Severity } from "@/features/findings/api";
import { MISS_CAUSES } from "@/lib/causes";

export const STATUSES: Record<FindingStatus, { label: string; tone: BadgeTone }> = {
  open: { label: "Open", tone: "warn" },
  in_remediation: { label: "In remediation", tone: "accent" },
  awaiting_retest: { label: "Awaiting retest", tone: "accent" },
  closed_proven: { label: "Closed, proven", tone: "ok" },
  closed_unproven: { label: "Closed, not proven", tone: "neutral" },
  risk_accepted: { label: "Risk accepted", tone: "neutral" },
  chronic: { label: "Chronic", tone: "danger" },
};

export const SEVERITIES: Record<Severity, { label: string; tone: BadgeTone }> = {
  low: { label: "Low", tone: "neutral" },
  medium: { label: "Medium", tone: "accent" },
  high: { label: "High", tone: "warn" },
  critical: { label: "Critical", tone: "danger" },
};

export const options = <T extends string>(words: Record<T, { label: string }>) =>
  (Object.keys(words) as T[]).map((value) => ({ value, label: words[value].label }));

export const CAUSES = Object.entries(MISS_CAUSES).map(([value, label]) => ({ value, label }));
