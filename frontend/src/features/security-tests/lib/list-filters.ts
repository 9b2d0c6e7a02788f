import type { Detection, TestListParams, TestState } from "@/api/tests";
import { ASKED_CAUSES, causeLabel, MISS_CAUSES } from "@/lib/causes";
import { formatUtc } from "@/lib/format";
import { DOMAINS } from "@/lib/platforms";
import { DOUBTS, STANDINGS } from "@/lib/counted";
import { optionsOf } from "@/features/security-tests/lib/words";

export const STATES: Record<TestState, string> = {
  draft: "Draft",
  red_executing: "Red executing",
  blue_evaluating: "Blue evaluating",
  in_review: "In review",
  validated: "Confirmed by both leads",
  rejected: "Rejected",
};

export const DETECTIONS: Record<Detection, string> = {
  prevented: "Prevented",
  detected: "Detected",
  partially_detected: "Partially detected",
  not_detected: "Not detected",
  inconclusive: "Inconclusive",
};

interface Read {
  get: (name: string) => string;
  getAll: (name: string) => string[];
}

const known = <K extends string>(words: Readonly<Record<K, string>>, values: string[]): K[] =>
  optionsOf(words)
    .map((option) => option.value)
    .filter((value) => values.includes(value));

type Sort = NonNullable<TestListParams["sort"]>;

/** The list's query out of the address; unknown values are left out. */
export function listParams({ get, getAll }: Read, table: { limit: number; offset: number; sort: string | undefined }): TestListParams {
  const [state, detection] = [known(STATES, getAll("state")), known(DETECTIONS, getAll("detection"))];
  const [missCause, furtherCause] = [known(ASKED_CAUSES, getAll("miss_cause")), known(MISS_CAUSES, getAll("further_cause"))];
  const [result, inDoubt] = [known(STANDINGS, getAll("result")), known(DOUBTS, getAll("in_doubt"))];
  const domain = DOMAINS.find(({ value }) => value === get("domain"))?.value;
  const [technique, platform, tag] = [getAll("technique"), getAll("platform"), getAll("tag")];
  const [q, assignee, environment, template, retestOf, archived] = ["q", "assignee", "environment", "template", "retest_of", "archived"].map(get);
  const [executedFrom, executedTo] = ["executed_from", "executed_to"].map(get);
  const sort: Sort | undefined = table.sort;
  return {
    limit: table.limit,
    offset: table.offset,
    ...(sort && { sort }),
    ...(q && { q }),
    ...(state.length > 0 && { state }),
    ...(detection.length > 0 && { detection }),
    ...(technique.length > 0 && { technique }),
    ...(platform.length > 0 && { platform }),
    ...(tag.length > 0 && { tag }),
    ...(domain && { domain }),
    ...(missCause.length > 0 && { miss_cause: missCause }),
    ...(furtherCause.length > 0 && { further_cause: furtherCause }),
    ...(result.length > 0 && { result }),
    ...(inDoubt.length > 0 && { in_doubt: inDoubt }),
    ...(get("counted") === "true" && { counted: true }),
    ...(executedFrom && { executed_from: executedFrom }),
    ...(executedTo && { executed_to: executedTo }),
    ...(assignee && { assignee }),
    ...(environment && { environment }),
    ...(template && { template }),
    ...(retestOf && { retest_of: retestOf }),
    ...(get("mine") === "true" && { mine: true }),
    ...(get("include_subtechniques") === "true" && { include_subtechniques: true }),
    ...(get("waiting_for") === "me" && { waiting_for: "me" as const }),
    ...(archived === "true" && { archived: true }),
  };
}

const NAMES: Record<string, string> = {
  waiting_for: "Waiting for me",
  mine: "Mine",
  archived: "Archived",
  technique: "Technique",
  platform: "Platform",
  tag: "Tag",
  environment: "Environment",
  template: "Template",
  retest_of: "Retests",
  assignee: "Assignee",
  include_subtechniques: "With sub-techniques",
  domain: "Domain",
  further_cause: "Also missed for",
  result: "Result",
  in_doubt: "In doubt",
  counted: "Only what figures count",
  executed_from: "Run from",
  executed_to: "Run until",
};

/** What a value is called; null where the name of the filter says it all. */
function wordsOf(name: string, value: string): string | null {
  if (["technique", "platform", "tag"].includes(name)) return value;
  if (name === "domain") return DOMAINS.find((domain) => domain.value === value)?.label ?? value;
  if (name === "result") return value in STANDINGS ? STANDINGS[value as keyof typeof STANDINGS] : value;
  if (name === "in_doubt") return value in DOUBTS ? DOUBTS[value as keyof typeof DOUBTS] : value;
  if (name === "executed_from" || name === "executed_to") return value.length > 10 ? formatUtc(value) : value;
  return name === "further_cause" ? causeLabel(value) : null;
}

/** Filters that came with a link and have no control of their own, to be shown and taken away. */
export function looseFilters({ getAll }: Read): { name: string; value: string; label: string }[] {
  return Object.entries(NAMES).flatMap(([name, label]) =>
    getAll(name).map((value) => ({ name, value, label: [label, wordsOf(name, value)].filter(Boolean).join(": ") })),
  );
}
