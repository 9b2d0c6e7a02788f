import { Link } from "react-router";
import { Card } from "@/components/ui/card";
import type { Executive, Headline } from "@/features/executive/api";
import { CURRENT, resultTestsPath } from "@/lib/counted";
import { formatChange, formatCount, formatScore } from "@/lib/format";
import { cn } from "@/lib/cn";
import { plural } from "@/lib/plural";

const NAMES: Record<Headline["name"], { label: string; to: string }> = {
  profile: { label: "On the threat profile", to: "/threat-profile" },
  in_scope: { label: "On all that is in scope", to: "/matrix?layer=score" },
  tested: { label: "On what was tested", to: "/matrix?layer=score" },
};

/** The address, in the environment that the page is narrowed to; the threat profile is one for all. */
function narrowed(to: string, environment: string | null): string {
  return environment && to.includes("?") ? `${to}&environment=${environment}` : to;
}

/** "▲ +3.3", "▼ −0.4", or in words. */
function changeText(value: number | null): string {
  if (value === null) return "no earlier figure";
  const text = formatChange(value);
  if (text.startsWith("+")) return `▲ ${text}`;
  return text.startsWith("−") ? `▼ ${text}` : "unchanged";
}

/** The organisation's figures, always together, each with what it stands on. */
export function HeadlineFigures({ data }: { data: Executive }) {
  return (
    <Card title="Where we stand" description={data.base_as_of ? `Change since ${data.base_as_of.slice(0, 10)}` : "There is no earlier snapshot to compare with."}>
      <dl className="grid gap-4 sm:grid-cols-3 print:grid-cols-3">
        {data.figures.map((figure, place) => (
          <div key={figure.name}>
            <dt className="text-xs text-muted">{NAMES[figure.name].label}</dt>
            <dd>
              <Link to={narrowed(NAMES[figure.name].to, data.environment_id)} className={cn("font-semibold tabular hover:underline", place === 0 ? "text-2xl" : "text-xl")}>
                {formatScore(figure.score)}
              </Link>{" "}
              <Change figure={figure} comparison={data.base_id && narrowed(`/comparison?base=${data.base_id}`, data.environment_id)} />
              <span className="block text-xs text-muted">
                {plural(figure.n, "technique")}, {formatCount(figure.proven)} proven by{" "}
                {figure.name === "profile" ? (
                  plural(figure.results, "result")
                ) : (
                  <Link to={resultTestsPath(CURRENT, { domain: data.domain, environment: data.environment_id })} className="link">
                    {plural(figure.results, "result")}
                  </Link>
                )}
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

function Change({ figure, comparison }: { figure: Headline; comparison: string | null }) {
  const moved = figure.shown ?? 0;
  const text = changeText(figure.shown);
  const tone = cn("text-sm font-medium tabular", moved > 0 ? "text-ok" : moved < 0 ? "text-danger" : "text-muted");
  if (!comparison) return <span className={tone}>{text}</span>;
  return (
    <Link to={comparison} className={cn(tone, "hover:underline")}>
      {text}
    </Link>
  );
}
