// The report is an open record on the wire; this is the one place that knows its inside.

export interface TechniqueLine {
  attackId: string;
  name: string;
  before: string;
  after: string;
  successor: string | null;
}

export interface AffectedTest {
  id: string;
  number: string;
  name: string;
  state: string;
  attackId: string;
  successor: string | null;
  change: string;
}

export interface AffectedItem {
  id: string;
  name: string;
  attackId: string;
  change: string;
}

export interface Upgrade {
  lists: { kind: string; lines: TechniqueLine[] }[];
  tests: AffectedTest[];
  others: { kind: string; items: AffectedItem[] }[];
  reviewRequired: number;
}

export interface ChangedItem {
  key: string;
  kind: string;
  name: string;
  /** Technique ids before and after, of what moved. */
  before: string;
  after: string;
}

export interface Report {
  /** Nothing of it was kept. */
  preview: boolean;
  force: boolean;
  changes: { kind: string; items: ChangedItem[] }[];
  warnings: string[];
  linksResolved: number;
  /** Techniques that were made from ids that our ATT&CK release does not know. */
  stubs: number;
  /** All that were left out; the list is capped. */
  problemCount: number;
  releases: [string, string][];
  missing: [string, string][];
  unchangedParts: string[];
  /** Parts of which a file could not be read. */
  incompleteParts: string[];
  byKind: { kind: string; counts: Record<string, number> }[];
  upgrade: Upgrade | null;
  outOfScope: number;
}

type Json = Record<string, unknown>;

const isRecord = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const record = (value: unknown): Json => (isRecord(value) ? value : {});
const records = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isRecord) : []);
const number = (value: unknown): number => (typeof value === "number" ? value : 0);

function text(value: unknown): string {
  if (Array.isArray(value)) return value.map(text).join(", ");
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(text) : []);
const pairs = (value: unknown): [string, string][] => Object.entries(record(value)).map(([key, item]) => [key, text(item)]);

/** In the order in which a reader wants them: what was lost first. */
const LISTS = ["revoked", "deprecated", "withdrawn", "added", "restored", "renamed", "moved", "platforms_changed", "description_changed", "uses_changed"];

function readUpgrade(value: unknown): Upgrade | null {
  if (!isRecord(value)) return null;
  const affected = record(value.affected);
  return {
    lists: LISTS.map((kind) => ({
      kind,
      lines: records(value[kind]).map((line) => ({
        attackId: text(line.attack_id),
        name: text(line.name) || text(line.after),
        before: text(line.before),
        after: text(line.after),
        successor: text(line.successor) || null,
      })),
    })).filter((list) => list.lines.length > 0),
    tests: records(affected.tests).map((line) => ({
      id: text(line.id),
      number: text(line.number).replace(/^(?=\d)/, "AT-"),
      name: text(line.name),
      state: text(line.state),
      attackId: text(line.attack_id),
      successor: text(line.successor) || null,
      change: text(line.change),
    })),
    others: ["templates", "rules", "actors"]
      .map((kind) => ({
        kind,
        items: records(affected[kind]).map((line) => ({
          id: `${text(line.id)}-${text(line.attack_id)}`,
          name: text(line.name),
          attackId: text(line.attack_id),
          change: text(line.change),
        })),
      }))
      .filter((group) => group.items.length > 0),
    reviewRequired: number(value.review_required),
  };
}

const CHANGES = ["removed", "moved", "updated", "added"];

/** A run's report with every member present, whatever the run got to. */
export function readReport(report: Json): Report {
  const changes = record(report.changes);
  return {
    preview: report.preview === true,
    force: report.force === true,
    changes: CHANGES.map((kind) => ({
      kind,
      items: records(changes[kind]).map((line) => ({ key: text(line.key), kind: text(line.kind), name: text(line.name) || text(line.key), before: text(line.before), after: text(line.after) })),
    })).filter((group) => group.items.length > 0),
    warnings: records(report.warnings).map((line) => text(line.message)),
    linksResolved: number(report.links_resolved),
    stubs: number(report.stubs),
    problemCount: number(report.problem_count),
    releases: pairs(report.releases),
    missing: pairs(report.missing),
    unchangedParts: texts(report.unchanged_parts),
    incompleteParts: texts(report.incomplete_parts),
    byKind: Object.entries(record(report.by_kind)).map(([kind, counts]) => ({
      kind,
      counts: Object.fromEntries(Object.entries(record(counts)).map(([name, value]) => [name, number(value)])),
    })),
    upgrade: readUpgrade(report.upgrade),
    outOfScope: number(report.put_out_of_scope),
  };
}

/** Tests that can be moved in one step: those whose technique was replaced by one other. */
export function repointable(tests: readonly AffectedTest[]): { from: string; to: string; tests: AffectedTest[] }[] {
  const groups = new Map<string, { from: string; to: string; tests: AffectedTest[] }>();
  for (const test of tests) {
    if (!test.successor) continue;
    const group = groups.get(test.attackId) ?? { from: test.attackId, to: test.successor, tests: [] };
    group.tests.push(test);
    groups.set(test.attackId, group);
  }
  return [...groups.values()];
}
