import type { RuleDetail } from "@/api/rules";
import { Card } from "@/components/ui/card";
import { CodeBlock } from "@/components/ui/code-block";
import { Tabs } from "@/components/ui/tabs";

/** The rule as it was published; what it looks for apart, where the publisher keeps that in a field of its own. */
export function SourceCard({ rule }: { rule: RuleDetail }) {
  const text = <CodeBlock value={rule.source_text} label="rule" className="[&_pre]:max-h-[32rem]" />;
  const hasQuery = rule.query !== "" && rule.query !== rule.source_text;
  return (
    <Card title="Rule" description={rule.path ?? undefined}>
      {hasQuery ? (
        <Tabs
          label="Parts of the rule"
          items={[
            { value: "query", label: "What it looks for", content: <CodeBlock value={rule.query} label="query" className="[&_pre]:max-h-[32rem]" /> },
            { value: "source", label: "Whole text", content: text },
          ]}
        />
      ) : (
        text
      )}
    </Card>
  );
}
