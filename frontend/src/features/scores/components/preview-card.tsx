import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { QueryView } from "@/components/states/query-view";
import { Card } from "@/components/ui/card";
import { previewQuery, type ScoringPreview, type WeightValues } from "@/features/scores/api";
import { ScoreChange } from "@/features/scores/components/score-change";
import { useDebounced } from "@/hooks/use-debounced";
import { formatScore } from "@/lib/format";

const FIGURES = [
  { id: "profile", label: "On the threat profile" },
  { id: "in_scope", label: "On all that is in scope" },
  { id: "tested", label: "On what was tested" },
] as const;

/** What the weights that stand in the form would change, asked for as they move. */
export function PreviewCard({ weights }: { weights: WeightValues }) {
  const settled = useDebounced(weights, 300);
  const preview = useQuery(previewQuery(settled));
  return (
    <Card title="Effect" description="Nothing changes before you save." flush>
      <QueryView query={preview} what="The preview">
        {(data) => (
          <div aria-live="polite" aria-busy={preview.isFetching}>
            <Moves caption="The organisation" rows={FIGURES.map(({ id, label }) => ({ key: id, label, before: data.current[id], after: data.preview[id] }))} />
            <Moves
              caption="Tactics"
              rows={data.tactics.map((row) => ({ key: row.attack_id, label: row.name, to: `/matrix?layer=score`, before: row.before, after: row.after }))}
            />
            <TechniqueMoves data={data} />
          </div>
        )}
      </QueryView>
    </Card>
  );
}

function TechniqueMoves({ data }: { data: ScoringPreview }) {
  const rows = data.techniques.map((row) => ({
    key: row.attack_id,
    label: `${row.attack_id} ${row.name}`,
    to: `/techniques/${row.attack_id}`,
    before: row.before,
    after: row.after,
  }));
  if (rows.length === 0) return <p className="px-4 py-3 text-sm text-muted">No technique's score would move.</p>;
  return <Moves caption="Techniques that move most" rows={rows} />;
}

interface Move {
  key: string;
  label: string;
  to?: string;
  before: number | null;
  after: number | null;
}

function Moves({ caption, rows }: { caption: string; rows: readonly Move[] }) {
  return (
    <table className="w-full text-sm">
      <caption className="border-b bg-sunken px-4 py-1.5 text-left text-xs font-medium text-muted">{caption}</caption>
      <thead className="sr-only">
        <tr>
          <th scope="col">What</th>
          <th scope="col">Now</th>
          <th scope="col">Then</th>
          <th scope="col">Change</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key} className="h-8 border-b last:border-b-0">
            <th scope="row" className="px-4 text-left font-normal">
              {row.to ? (
                <Link to={row.to} className="link">
                  {row.label}
                </Link>
              ) : (
                row.label
              )}
            </th>
            <td className="w-14 text-right tabular">{formatScore(row.before)}</td>
            <td className="w-14 text-right tabular">{formatScore(row.after)}</td>
            <td className="w-18 pr-4 text-right">
              <ScoreChange before={row.before} after={row.after} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
