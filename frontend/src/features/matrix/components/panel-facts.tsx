import type { ReactNode } from "react";
import { Link } from "react-router";
import type { TechniqueDetail } from "@/api/techniques";
import { Markdown } from "@/components/markdown/markdown";
import { CoverageBadge } from "@/components/status/coverage-badge";
import { StateBadge } from "@/components/status/state-badge";
import { Fact, Facts } from "@/components/ui/facts";
import type { HeatmapCell } from "@/features/matrix/api";
import { facts, type Reading } from "@/features/matrix/lib/layers";
import { formatCount } from "@/lib/format";

const SUMMARY = 420;

/** The first paragraph of a description, cut at a word where it is long. */
function opening(text: string): string {
  const first = text.split(/\n\s*\n/, 1)[0] ?? "";
  return first.length <= SUMMARY ? first : `${first.slice(0, first.lastIndexOf(" ", SUMMARY))} …`;
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-1 text-xs font-medium text-muted">{title}</h3>
      {children}
    </section>
  );
}

export function PanelFacts({ technique, cell, readings }: { technique: TechniqueDetail; cell: HeatmapCell; readings: Reading[] }) {
  const lines = [...(technique.breakdown?.reasons ?? []), ...facts(cell)];
  return (
    <>
      <Section title="Status">
        <CoverageBadge status={cell.status} />
        <ul className="mt-1.5 space-y-0.5">
          {lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </Section>
      {readings.length > 0 && (
        <Section title="On the matrix">
          <Facts>
            {readings.map(({ label, words }) => (
              <Fact key={label} label={label}>
                <span className="whitespace-pre-line">{words}</span>
              </Fact>
            ))}
          </Facts>
        </Section>
      )}
      <Section title={`Tests (${formatCount(technique.tests_total)})`}>
        {technique.recent_tests.length === 0 ? (
          <p className="text-muted">No test on this technique itself yet.</p>
        ) : (
          <ul className="space-y-1.5">
            {technique.recent_tests.map((test) => (
              <li key={test.id} className="flex flex-wrap items-center gap-x-2">
                <Link to={`/tests/${test.id}`} className="link min-w-0 flex-1 truncate">
                  {test.name}
                </Link>
                <StateBadge state={test.state} />
              </li>
            ))}
          </ul>
        )}
        {cell.tests > 0 && (
          <Link to={`/tests?technique=${cell.attack_id}&include_subtechniques=true`} className="link mt-1.5 inline-block">
            All {formatCount(cell.tests)}, sub-techniques included
          </Link>
        )}
      </Section>
      <Section title="About">
        <Markdown>{opening(technique.description)}</Markdown>
      </Section>
      <Facts>
        <Fact label="Platforms">{technique.platforms.join(", ")}</Fact>
        <Fact label="Actors">
          {technique.actors.length > 0 ? `${formatCount(technique.actors.length)} known to use it` : null}
        </Fact>
        <Fact label="Templates">{technique.templates_total > 0 ? formatCount(technique.templates_total) : null}</Fact>
      </Facts>
    </>
  );
}
