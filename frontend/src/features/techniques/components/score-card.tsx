import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { techniqueScoreQuery, type ScoreComponent, type TechniqueScore } from "@/api/scores";
import type { TechniqueDetail } from "@/api/techniques";
import { QueryView } from "@/components/states/query-view";
import { CoverageBadge } from "@/components/status/coverage-badge";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { ExactTime } from "@/components/ui/exact-time";
import { CURRENT, countedTestsPath, resultTestsPath } from "@/lib/counted";
import { formatRate, formatScore } from "@/lib/format";
import { plural } from "@/lib/plural";
import { rangeWords } from "@/lib/sample";

const LABELS: Record<ScoreComponent, string> = {
  tests: "Tests",
  detection_rules: "Detection rules",
  d3fend: "Countermeasures",
  freshness: "Freshness",
  platform_diversity: "Platforms",
};

/** The score, taken apart: each part with its reason in words, and the sample behind it. */
export function ScoreCard({ technique }: { technique: TechniqueDetail }) {
  const score = useQuery(techniqueScoreQuery(technique.id));
  return (
    <Card title="Score" actions={score.data && <Standing score={score.data} />}>
      <QueryView query={score} what="The score">
        {(data) => (
          <>
            <SampleWords score={data} technique={technique} />
            <Parts score={data} technique={technique} />
            {data.units.length > 0 && <Units score={data} />}
            <p className="mt-2 text-xs text-muted">
              As of <ExactTime value={data.as_of} />.
            </p>
          </>
        )}
      </QueryView>
    </Card>
  );
}

function Standing({ score: { score, proven } }: { score: TechniqueScore }) {
  return (
    <>
      <span className="text-xl font-semibold tabular">{formatScore(score)}</span>
      {score !== null && (
        <Badge tone={proven ? "ok" : "neutral"} title={proven ? "A current result stands behind it." : "No current result stands behind it."}>
          {proven ? "Proven" : "Claimed"}
        </Badge>
      )}
    </>
  );
}

function SampleWords({ score: { sample }, technique }: { score: TechniqueScore; technique: TechniqueDetail }) {
  const where = { technique: technique.attack_id, domain: technique.domain };
  return (
    <p className="text-sm">
      On{" "}
      {sample.tests > 0 ? (
        <Link to={countedTestsPath(where)} className="link">
          {plural(sample.tests, "test")}
        </Link>
      ) : (
        "no test"
      )}
      {sample.results > 0 ? (
        <>
          {" with "}
          <Link to={resultTestsPath(CURRENT, where)} className="link">
            {plural(sample.results, "current result")}
          </Link>
          {`: ${sample.met} met the expectation (${formatRate(sample.detection_rate)}${rangeWords(sample.interval)}). `}
        </>
      ) : (
        ", none with a current result. "
      )}
      <Link to={`/catalog?technique=${technique.attack_id}`} className="link">
        {sample.procedures_tested} of {plural(sample.procedures_known, "known procedure")}
      </Link>{" "}
      tested{sample.procedures_apart > 0 && `; ${sample.procedures_apart} of LOLBAS and GTFOBins stand apart`}.
    </p>
  );
}

function Parts({ score: { breakdown, score }, technique: { attack_id: attackId, domain } }: { score: TechniqueScore; technique: TechniqueDetail }) {
  const results = resultTestsPath(CURRENT, { technique: attackId, domain });
  const rows: Record<ScoreComponent, string> = {
    tests: results,
    detection_rules: `/detection-rules?technique=${attackId}`,
    d3fend: `/d3fend?technique=${attackId}`,
    freshness: results,
    platform_diversity: results,
  };
  return (
    <div className="mt-3 overflow-x-auto" tabIndex={0} role="region" aria-label="Parts of the score">
      <table className="w-full text-sm">
        <caption className="sr-only">Parts of the score; their points add up to it</caption>
        <thead>
          <tr className="border-b">
            {["Part", "Why", "Value", "Weight", "Points"].map((heading, place) => (
              <th key={heading} scope="col" className={place < 2 ? "label-caps h-7 pr-3 text-left" : "label-caps pl-3 text-right"}>
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {breakdown.map((part) => (
            <tr key={part.component} className="border-b align-top">
              <th scope="row" className="py-1 pr-3 text-left font-normal whitespace-nowrap">
                <Link to={rows[part.component]} className="link">
                  {LABELS[part.component]}
                </Link>
              </th>
              <td className="min-w-48 py-1 pr-3 text-muted">{part.reason}</td>
              <td className="py-1 pl-3 text-right tabular">{formatScore(part.value)}</td>
              <td className="py-1 pl-3 text-right text-muted tabular">{part.weight}</td>
              <td className="py-1 pl-3 text-right tabular">{formatScore(part.points)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row" colSpan={4} className="py-1 text-left font-medium">
              Score
            </th>
            <td className="py-1 pl-3 text-right font-semibold tabular">{formatScore(score)}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}

/** What a parent's score is the mean of. */
function Units({ score: { units, n } }: { score: TechniqueScore }) {
  return (
    <details className="mt-2 text-sm">
      <summary className="text-muted">The mean over {plural(n, "unit")} that count{n === 1 && "s"}</summary>
      <table className="mt-1 w-full">
        <caption className="sr-only">Units behind the score</caption>
        <tbody>
          {units.map((unit) => (
            <tr key={unit.attack_id} className="h-8 border-b last:border-b-0">
              <th scope="row" className="text-left font-normal">
                {unit.general ? (
                  `${unit.name} in general`
                ) : (
                  <Link to={`/techniques/${unit.attack_id}`} className="link">
                    <span className="font-mono text-xs">{unit.attack_id}</span> {unit.name}
                  </Link>
                )}
              </th>
              <td>
                <CoverageBadge status={unit.status} />
              </td>
              <td className="text-right whitespace-nowrap tabular">
                {formatScore(unit.score)}
                {unit.score !== null && !unit.proven && <span className="text-xs text-muted"> claimed</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
