import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { isApiError } from "@/api/errors";
import type { RuleDetail } from "@/api/rules";
import { ErrorState } from "@/components/states/error-state";
import { LoadingState } from "@/components/states/loading-state";
import { QueryView } from "@/components/states/query-view";
import { Card } from "@/components/ui/card";
import { CodeBlock } from "@/components/ui/code-block";
import { Notice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { Tabs } from "@/components/ui/tabs";
import { backendsQuery, conversionQuery, type Backend } from "@/features/detection-rules/api";

const SIGMA = "sigma";
const pipelineLabel = (name: string) => (name === "none" ? "Sigma's own field names" : name);

/** A Sigma rule in the languages of SIEMs; each is converted when its tab is opened. */
export function ConversionsCard({ rule }: { rule: RuleDetail }) {
  const backends = useQuery({ ...backendsQuery(), enabled: rule.language === SIGMA });
  const [chosen, setChosen] = useState<string | null>(null);
  if (rule.language !== SIGMA) return null;
  return (
    <Card title="Conversions" description="The rule in the language of a SIEM. Try a query out before it alerts anybody.">
      <QueryView query={backends} what="The languages" loading={<LoadingState lines={3} label="Loading the languages" />}>
        {({ items }) => (
          <Tabs
            label="Languages"
            value={chosen ?? items[0]?.name ?? ""}
            onValueChange={setChosen}
            items={items.map((backend) => ({ value: backend.name, label: backend.title, content: <Conversion rule={rule} backend={backend} /> }))}
          />
        )}
      </QueryView>
    </Card>
  );
}

function Conversion({ rule, backend }: { rule: RuleDetail; backend: Backend }) {
  const [pipeline, setPipeline] = useState("");
  const conversion = useQuery(conversionQuery(rule, backend.name, pipeline));
  const { data, error } = conversion;
  return (
    <div className="space-y-3">
      {backend.pipelines.length > 1 && (
        <label className="flex flex-wrap items-center gap-2 text-xs text-muted">
          Fields
          <Select
            className="w-72!"
            placeholder={`The usual ones (${pipelineLabel(backend.pipelines[0] ?? "")})`}
            options={backend.pipelines.map((name) => ({ value: name, label: pipelineLabel(name) }))}
            value={pipeline}
            onChange={(event) => setPipeline(event.target.value)}
          />
        </label>
      )}
      {!data && !error && <LoadingState lines={4} label={`Converting to ${backend.language}`} />}
      {!data && error && <Refused error={error} backend={backend} onRetry={() => void conversion.refetch()} />}
      {data?.notes.map((note) => (
        <Notice key={note} tone="warn">
          <p>{note}</p>
        </Notice>
      ))}
      {data?.queries.map((query, index) => (
        <CodeBlock key={query} value={query} label={data.queries.length > 1 ? `${backend.language} query ${index + 1}` : `${backend.language} query`} />
      ))}
    </div>
  );
}

/** That a language cannot say what the rule says is an answer, not a failure. */
function Refused({ error, backend, onRetry }: { error: unknown; backend: Backend; onRetry: () => void }) {
  if (!isApiError(error, 422)) return <ErrorState error={error} what="The conversion" onRetry={onRetry} />;
  return (
    <Notice tone="warn" title={`No query in ${backend.language}`} alert>
      <p>{error.detail}</p>
    </Notice>
  );
}
