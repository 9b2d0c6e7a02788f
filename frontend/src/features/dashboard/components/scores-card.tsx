import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import { organizationQuery, type OrganizationScores, type Score } from "@/api/scores";
import type { DomainName } from "@/api/techniques";
import { QueryView } from "@/components/states/query-view";
import { Card } from "@/components/ui/card";
import { ExactTime } from "@/components/ui/exact-time";
import { lastSnapshotQuery } from "@/features/dashboard/api";
import { matrixPath } from "@/features/dashboard/lib/figures";
import { cn } from "@/lib/cn";
import { formatChange, formatScore } from "@/lib/format";
import { plural } from "@/lib/plural";
import { rangeWords } from "@/lib/sample";

type Name = "profile" | "in_scope" | "tested";
type Before = Partial<Record<Name, number | null>>;

const LABELS: Record<Name, string> = { profile: "On the threat profile", in_scope: "On all in scope", tested: "On what was tested" };
const NAMES = Object.keys(LABELS) as Name[];

/** The organisation's three figures, always together, each with what it stands on. */
export function ScoresCard({ domain }: { domain: DomainName }) {
  const scores = useQuery(organizationQuery(domain));
  const mayCompare = useCan("snapshot:manage");
  const last = useQuery({ ...lastSnapshotQuery(domain), enabled: mayCompare });
  const snapshot = last.data?.items[0];
  const before: Before = snapshot ? Object.fromEntries(NAMES.map((name) => [name, snapshot.organization[name]?.score])) : {};
  return (
    <Card
      title="Scores"
      description="0 to 100; each with what it stands on."
      actions={
        snapshot && (
          <Link to={`/comparison?base=${snapshot.id}`} className="link text-sm">
            Change since {snapshot.taken_at.slice(0, 10)}
          </Link>
        )
      }
    >
      <QueryView query={scores} what="The scores">
        {(data) => (
          <>
            <dl className="grid gap-x-4 gap-y-3 sm:grid-cols-3">
              {NAMES.map((name) => (
                <Figure key={name} name={name} data={data} before={before[name]} domain={domain} />
              ))}
            </dl>
            <p className="mt-3 border-t pt-2 text-xs text-muted">
              {data.out_of_scope > 0 ? (
                <Link to={matrixPath(domain, { status: "out_of_scope" })} className="link">
                  {plural(data.out_of_scope, "unit")} out of scope
                </Link>
              ) : (
                "Nothing is out of scope"
              )}
              , in no figure. As of <ExactTime value={data.as_of} />.
            </p>
          </>
        )}
      </QueryView>
    </Card>
  );
}

interface FigureProps {
  name: Name;
  data: OrganizationScores;
  /** At the last snapshot; undefined where it is not known. */
  before: number | null | undefined;
  domain: DomainName;
}

function Figure({ name, data, before, domain }: FigureProps) {
  const figure = data[name];
  return (
    <div>
      <dt className="text-xs text-muted">{LABELS[name]}</dt>
      <dd>
        {figure === null ? (
          <Link to="/threat-profile" className="link text-sm">
            No profile yet
          </Link>
        ) : (
          <>
            <Link
              to={name === "profile" ? "/threat-profile" : matrixPath(domain, { layer: "score" })}
              aria-label={`${formatScore(figure.score)} ${LABELS[name]}`}
              className={cn("font-semibold tabular hover:underline", name === data.headline ? "text-2xl" : "text-xl")}
            >
              {formatScore(figure.score)}
            </Link>
            <Change now={figure.score} before={before} />
            <Sample figure={figure} />
          </>
        )}
      </dd>
    </div>
  );
}

function Change({ now, before }: { now: number | null; before: number | null | undefined }) {
  if (now === null || before === null || before === undefined) return null;
  const text = formatChange(now - before);
  const tone = text.startsWith("+") ? "text-ok" : text.startsWith("−") ? "text-danger" : "text-muted";
  return <span className={cn("ml-2 text-sm tabular", tone)}>{text}</span>;
}

function Sample({ figure: { n, n_proven: proven, sample } }: { figure: Score }) {
  return (
    <span className="block text-xs text-muted">
      {plural(n, "technique")}, {proven} proven.{" "}
      {sample.results > 0 ? `${sample.met} of ${plural(sample.results, "result")} met the expectation${rangeWords(sample.interval)}.` : "No current result."}
    </span>
  );
}
