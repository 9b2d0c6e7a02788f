import { Fragment } from "react";
import { Link } from "react-router";
import { humanise } from "@/lib/format";
import { plural } from "@/lib/plural";
import type { DataSource } from "@/features/data-sources/api";

/** Where the items of a kind stand; kinds without a list of their own are only counted. */
const LISTS: Record<string, (source: string) => string> = {
  template: (source) => `/catalog?source=${source}`,
  rule: (source) => `/detection-rules?source=${source}`,
  technique: () => "/matrix",
  group: () => "/threat-actors",
  countermeasure: () => "/d3fend",
};
const ORDER = ["technique", "group", "software", "mitigation", "template", "blueprint", "rule", "countermeasure", "framework", "control", "mapping"];
const MOST = 4;

const counted = (kind: string, count: number) => {
  const word = humanise(kind).toLowerCase();
  return plural(count, word, word === "software" ? word : undefined);
};

/** "1,819 templates": what is held of a source now, each number a way to its list. */
export function HeldItems({ source }: { source: DataSource }) {
  const kinds = ORDER.filter((kind) => (source.items[kind] ?? 0) > 0).slice(0, MOST);
  if (kinds.length === 0) return <span className="text-muted">nothing</span>;
  return kinds.map((kind, index) => {
    const count = source.items[kind] ?? 0;
    const text = counted(kind, count);
    const list = LISTS[kind]?.(source.name);
    return (
      <Fragment key={kind}>
        {index > 0 && ", "}
        {list ? (
          <Link to={list} className="link">
            {text}
          </Link>
        ) : (
          text
        )}
      </Fragment>
    );
  });
}
