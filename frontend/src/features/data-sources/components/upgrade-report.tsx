import { Link } from "react-router";
import { useCan } from "@/api/me";
import { InlineError } from "@/components/states/inline-error";
import { StateBadge } from "@/components/status/state-badge";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { toast } from "@/components/ui/toast";
import { formatCount, humanise } from "@/lib/format";
import { plural } from "@/lib/plural";
import { useRepoint } from "@/features/data-sources/api";
import { repointable, type AffectedTest, type TechniqueLine, type Upgrade } from "@/features/data-sources/lib/report";

function TechniqueLink({ id }: { id: string }) {
  return (
    <Link to={`/techniques/${id}`} className="font-mono text-xs text-link hover:underline">
      {id}
    </Link>
  );
}

function Line({ line }: { line: TechniqueLine }) {
  return (
    <li className="flex flex-wrap items-baseline gap-x-2">
      <TechniqueLink id={line.attackId} />
      <span>{line.name}</span>
      {line.before && line.before !== line.name && (
        <span className="text-xs text-muted">
          {line.before} → {line.after}
        </span>
      )}
      {line.successor && (
        <span className="text-xs text-muted">
          replaced by <TechniqueLink id={line.successor} />
        </span>
      )}
    </li>
  );
}

function TestLine({ test }: { test: AffectedTest }) {
  return (
    <li className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <Link to={`/tests/${test.id}`} className="text-link hover:underline">
        <span className="font-mono text-xs">{test.number}</span> {test.name}
      </Link>
      <StateBadge state={test.state} />
      <TechniqueLink id={test.attackId} />
      <Badge>{humanise(test.change)}</Badge>
    </li>
  );
}

/** Tests whose technique was replaced, with the button that lets them count for the new one. */
function Repointing({ tests }: { tests: AffectedTest[] }) {
  const repoint = useRepoint();
  const may = useCan("technique:curate");
  const moved = repoint.data;
  return (
    <>
      <InlineError error={repoint.error} />
      {repointable(tests).map((group) => {
        const done = moved?.from_attack_id === group.from;
        return (
          <div key={group.from} className="flex flex-wrap items-center justify-between gap-3 rounded-md border bg-sunken px-3 py-2 text-sm">
            <p>
              <TechniqueLink id={group.from} /> is replaced by <TechniqueLink id={group.to} />: {plural(group.tests.length, "test stands", "tests stand")} on the old one.
            </p>
            {may && (
              <Button
                size="sm"
                disabled={done}
                pending={repoint.isPending && repoint.variables.from_attack_id === group.from}
                onClick={() =>
                  repoint.mutate(
                    { from_attack_id: group.from, to_attack_id: group.to },
                    { onSuccess: (result) => toast(`${plural(result.moved, "test counts", "tests count")} for ${result.to_attack_id} now.`) },
                  )
                }
              >
                {done ? "Moved" : `Move to ${group.to}`}
              </Button>
            )}
          </div>
        );
      })}
    </>
  );
}

/** What an ATT&CK upgrade changed, and first what of ours it touches. */
export function UpgradeReport({ upgrade }: { upgrade: Upgrade }) {
  const affected = upgrade.tests.length + upgrade.others.reduce((sum, group) => sum + group.items.length, 0);
  return (
    <>
      <Card title="What of ours is affected" description={affected === 0 ? "Nothing." : undefined}>
        <div className="space-y-3 text-sm">
          <Repointing tests={upgrade.tests} />
          {upgrade.tests.length > 0 && (
            <ul className="space-y-1.5">
              {upgrade.tests.map((test) => (
                <TestLine key={test.id} test={test} />
              ))}
            </ul>
          )}
          {upgrade.others.map((group) => (
            <details key={group.kind}>
              <summary className="min-h-6 font-medium">
                {humanise(group.kind)} ({formatCount(group.items.length)})
              </summary>
              <ul className="mt-1 space-y-1 pl-4">
                {group.items.map((item) => (
                  <li key={item.id}>
                    {item.name} <TechniqueLink id={item.attackId} /> <span className="text-xs text-muted">{humanise(item.change)}</span>
                  </li>
                ))}
              </ul>
            </details>
          ))}
          {upgrade.reviewRequired > 0 && (
            <p>
              <Link to="/matrix?review=yes" className="link">
                {plural(upgrade.reviewRequired, "technique")}
              </Link>{" "}
              {upgrade.reviewRequired === 1 ? "waits" : "wait"} for a review because what is known of them changed.
            </p>
          )}
          {affected === 0 && upgrade.reviewRequired === 0 && <p className="text-muted">No test, template, rule or actor of ours points at what changed.</p>}
        </div>
      </Card>
      {upgrade.lists.length > 0 && (
        <Card title="What changed in ATT&CK">
          <div className="space-y-1">
            {upgrade.lists.map((list) => (
              <details key={list.kind} className="text-sm">
                <summary className="min-h-6 py-0.5 font-medium">
                  {humanise(list.kind)} <span className="tabular font-normal text-muted">{formatCount(list.lines.length)}</span>
                </summary>
                <ul className="mt-1 mb-2 max-h-96 space-y-0.5 overflow-y-auto pl-4">
                  {list.lines.map((line) => (
                    <Line key={line.attackId} line={line} />
                  ))}
                </ul>
              </details>
            ))}
          </div>
        </Card>
      )}
    </>
  );
}
