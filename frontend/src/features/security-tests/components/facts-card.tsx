import { Link } from "react-router";
import type { TestDetail } from "@/api/tests";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { Copyable } from "@/components/ui/copyable";
import { Fact, Facts } from "@/components/ui/facts";
import { EXPECTATIONS } from "@/features/security-tests/lib/words";

function Expectation({ test }: { test: TestDetail }) {
  return (
    <>
      {EXPECTATIONS[test.expected]}
      {test.meets_expectation !== null && (
        <Badge tone={test.meets_expectation ? "ok" : "danger"} className="ml-2">
          {test.meets_expectation ? "Met" : "Not met"}
        </Badge>
      )}
      <span className="block text-xs text-muted">{test.expected_own ? `Set on this test: ${test.expected_reason ?? ""}` : "As the technique says"}</span>
    </>
  );
}

const short = (key: string) => (key.length > 22 ? `${key.slice(0, 18)}…` : key);

/** What the test is about, each thing a way to it. */
export function FactsCard({ test }: { test: TestDetail }) {
  const { technique } = test;
  const moved = technique !== null && technique.attack_id !== test.technique_at_test;
  return (
    <Card title="About">
      <Facts>
        <Fact label="Technique">
          {technique ? (
            <Link to={`/techniques/${technique.attack_id}`} className="link">
              <span className="font-mono text-xs">{technique.attack_id}</span> {technique.name}
            </Link>
          ) : (
            "Sealed until the reveal"
          )}
          {technique && !technique.is_active && <Badge tone="warn">No longer in ATT&CK</Badge>}
          {(moved || test.attack_version) && (
            <span className="block text-xs text-muted">
              {moved && `Tested as ${test.technique_at_test}. `}
              {test.attack_version && `ATT&CK ${test.attack_version}`}
            </span>
          )}
        </Fact>
        <Fact label="Template">
          {technique &&
            (test.template_id ? (
              <Link to={`/catalog/${test.template_id}`} className="link">
                {test.template_name}
              </Link>
            ) : (
              "Written for this test"
            ))}
        </Fact>
        <Fact label="Platform">{technique && (test.platform ?? "Any")}</Fact>
        <Fact label="Environment">{test.environment.name}</Fact>
        <Fact label="Expected">
          <Expectation test={test} />
        </Fact>
        <Fact label="Tags">
          {test.tags.length > 0 && (
            <span className="flex flex-wrap gap-1">
              {test.tags.map((tag) => (
                <Link key={tag} to={`/tests?tag=${encodeURIComponent(tag)}`} className="rounded-sm bg-hover px-1.5 text-xs hover:underline">
                  {tag}
                </Link>
              ))}
            </span>
          )}
        </Fact>
        <Fact label="Round">
          {test.round}
          {test.returned_count > 0 && <span className="text-muted">, returned {test.returned_count === 1 ? "once" : `${String(test.returned_count)} times`}</span>}
        </Fact>
        <Fact label="Procedure key">
          {test.procedure_key && <Copyable value={test.procedure_key} display={short(test.procedure_key)} label="procedure key" />}
        </Fact>
        <Fact label="Seal">{test.seal && <Copyable value={test.seal} display={`${test.seal.slice(0, 16)}…`} label="seal" />}</Fact>
      </Facts>
    </Card>
  );
}
