import { Link } from "react-router";

/** The techniques a thing is about, each a way to it: the first few, and how many more there are. */
export function AttackIds({ ids, few = 2 }: { ids: readonly string[]; few?: number }) {
  if (ids.length === 0) return <span className="text-muted">–</span>;
  const rest = ids.slice(few);
  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-2 font-mono text-xs">
      {ids.slice(0, few).map((id) => (
        <Link key={id} to={`/techniques/${id}`} className="hover:underline">
          {id}
        </Link>
      ))}
      {rest.length > 0 && (
        <span className="font-sans text-muted" title={rest.join(", ")}>
          +{rest.length}
        </span>
      )}
    </span>
  );
}
