import type { RuleDetail } from "@/api/rules";
import { Notice } from "@/components/ui/notice";
import { RelativeTime } from "@/components/ui/relative-time";

/** What one should know before relying on the rule. */
export function RuleNotices({ rule }: { rule: RuleDetail }) {
  const outdated = rule.deployments.filter((item) => item.outdated);
  return (
    <div className="space-y-2 empty:hidden">
      {rule.withdrawn_at && (
        <Notice tone="warn" title="Its publisher dropped this rule.">
          It went <RelativeTime value={rule.withdrawn_at} />. Where it runs with us it keeps counting.
        </Notice>
      )}
      {!rule.withdrawn_at && rule.retired && <Notice tone="warn" title="Its publisher no longer maintains this rule.">It counts only where we run it still.</Notice>}
      {!rule.is_active && <Notice title="Switched off">It is not offered for tests and deployments any more.</Notice>}
      {outdated.length > 0 && (
        <Notice tone="warn" title={`The rule has changed since it was put into ${outdated.map((item) => item.tool).join(", ")}.`}>
          Install the present text there, then deploy it again on this page.
        </Notice>
      )}
    </div>
  );
}
