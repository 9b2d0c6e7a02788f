import { useState } from "react";
import type { TestDetail } from "@/api/tests";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { CodeBlock } from "@/components/ui/code-block";
import { CommandExport } from "@/components/templates/command-export";
import { Fact, Facts } from "@/components/ui/facts";
import { PlanForm } from "@/features/security-tests/components/plan-form";

/** What is to be run and why. Open for change while the test is a draft. */
export function PlanSection({ test }: { test: TestDetail }) {
  const [editing, setEditing] = useState(false);
  const may = test.allowed_actions.includes("edit");
  const inputs = Object.entries(test.inputs);
  return (
    <Card title="Plan" actions={may && !editing && <Button size="sm" onClick={() => setEditing(true)}>Edit the plan</Button>}>
      {editing && may ? (
        <PlanForm test={test} onClose={() => setEditing(false)} />
      ) : (
        <div className="space-y-3">
          {test.description && <p className="max-w-prose text-sm whitespace-pre-wrap">{test.description}</p>}
          {test.procedure ? (
            <>
              <CodeBlock value={test.procedure} label="planned procedure" />
              {test.template_id && (
                <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
                  <CommandExport template={{ id: test.template_id, inputs: inputs.map(([name]) => ({ name })) }} values={test.inputs} />
                  <span className="text-xs text-muted">The template with these inputs, its prerequisites and its cleanup.</span>
                </div>
              )}
            </>
          ) : (
            <p className="text-sm text-muted">No procedure is written down; red records what was run.</p>
          )}
          {inputs.length > 0 && (
            <Facts>
              {inputs.map(([name, value]) => (
                <Fact key={name} label={name}>
                  <span className="font-mono text-xs">{value || "empty"}</span>
                </Fact>
              ))}
            </Facts>
          )}
        </div>
      )}
    </Card>
  );
}
