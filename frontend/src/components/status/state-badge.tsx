import { Badge, type BadgeTone } from "@/components/ui/badge";
import { humanise } from "@/lib/format";

const STATES: Record<string, { label: string; symbol: string; tone: BadgeTone }> = {
  draft: { label: "Draft", symbol: "◌", tone: "neutral" },
  red_executing: { label: "Red executing", symbol: "▷", tone: "red" },
  blue_evaluating: { label: "Blue evaluating", symbol: "◁", tone: "blue" },
  in_review: { label: "In review", symbol: "◈", tone: "accent" },
  validated: { label: "Confirmed by both leads", symbol: "✓", tone: "ok" },
  rejected: { label: "Rejected", symbol: "✕", tone: "warn" },
  archived: { label: "Archived", symbol: "▫", tone: "neutral" },
};

export function stateLabel(state: string): string {
  return STATES[state]?.label ?? humanise(state);
}

/** The state of a test; red and blue say whose turn it is. */
export function StateBadge({ state }: { state: string }) {
  const look = STATES[state] ?? { label: humanise(state), symbol: "·", tone: "neutral" as const };
  return (
    <Badge tone={look.tone}>
      <span aria-hidden>{look.symbol}</span>
      {look.label}
    </Badge>
  );
}

const DETECTIONS: Record<string, { label: string; symbol: string; tone: BadgeTone }> = {
  prevented: { label: "Prevented", symbol: "■", tone: "ok" },
  detected: { label: "Detected", symbol: "●", tone: "ok" },
  partially_detected: { label: "Partially detected", symbol: "◐", tone: "warn" },
  not_detected: { label: "Not detected", symbol: "○", tone: "danger" },
  inconclusive: { label: "Inconclusive", symbol: "?", tone: "neutral" },
};

/** What blue saw of a test; nothing before the hand-over. */
export function DetectionBadge({ detection }: { detection: string | null | undefined }) {
  if (!detection) return null;
  const look = DETECTIONS[detection] ?? { label: humanise(detection), symbol: "·", tone: "neutral" as const };
  return (
    <Badge tone={look.tone}>
      <span aria-hidden>{look.symbol}</span>
      {look.label}
    </Badge>
  );
}
