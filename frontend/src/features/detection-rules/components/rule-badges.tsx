import type { FiringState, RuleSummary } from "@/api/rules";
import { Badge } from "@/components/ui/badge";
import { FIRING, LEVELS, marksOf, pick } from "@/features/detection-rules/lib/words";

/** How serious the author takes what the rule sees. */
export function LevelBadge({ level }: { level: string | null }) {
  const [known] = pick(LEVELS, level ? [level] : []);
  if (!known) return <span className="text-muted">–</span>;
  return <Badge tone={LEVELS[known].tone}>{LEVELS[known].label}</Badge>;
}

/** What the rule did in our tests. */
export function FiringBadge({ state }: { state: FiringState }) {
  const look = FIRING[state];
  return (
    <Badge tone={look.tone} title={look.meaning}>
      <span aria-hidden>{look.symbol}</span>
      {look.label}
    </Badge>
  );
}

export function RuleMarks({ rule }: { rule: RuleSummary }) {
  return marksOf(rule).map((mark) => <Badge key={mark}>{mark}</Badge>);
}
