import type { components } from "@/api/schema";
import type { DomainName } from "@/api/techniques";

/** How a result stands in the figures. */
export type Standing = components["schemas"]["Standing"];

/** The same in words, as filters of the list of tests. */
export const STANDINGS: Record<Standing, string> = {
  met: "Expectation met",
  sighted: "Something seen, too little",
  missed: "Missed",
  expiring: "Expires within 60 days",
  expired: "Too old to count",
};

type Doubt = components["schemas"]["Doubt"];

/** What changed under a current result, in words. */
export const DOUBTS: Record<Doubt, string> = {
  template: "the template changed",
  technique: "the technique changed",
  tool: "a tool changed",
  rule: "a rule that fired changed",
};

/** Every reason: all results in doubt. */
export const ANY_DOUBT = Object.keys(DOUBTS) as Doubt[];

/** Results that are neither too old nor superseded. */
export const CURRENT: readonly Standing[] = ["met", "sighted", "missed"];

interface Where {
  domain?: DomainName;
  environment?: string | null | undefined;
  platforms?: readonly string[];
  /** Its sub-techniques included. */
  technique?: string;
}

/** What narrows the list of tests to a part of the organisation. */
function whereOf({ domain, environment, platforms = [], technique }: Where): [string, string][] {
  return [
    ...(domain ? [["domain", domain] as [string, string]] : []),
    ...(environment ? [["environment", environment] as [string, string]] : []),
    ...platforms.map((platform): [string, string] => ["platform", platform]),
    ...(technique ? ([["technique", technique], ["include_subtechniques", "true"]] as [string, string][]) : []),
  ];
}

/** The tests behind a number of results, just those that it counts. */
export function resultTestsPath(standings: readonly Standing[], where: Where): string {
  return `/tests?${new URLSearchParams([...whereOf(where), ...standings.map((standing): [string, string] => ["result", standing])]).toString()}`;
}

/** The tests whose current result is in doubt. */
export function doubtedTestsPath(where: Where): string {
  return `/tests?${new URLSearchParams([...whereOf(where), ...ANY_DOUBT.map((reason): [string, string] => ["in_doubt", reason])]).toString()}`;
}

/** The tests behind a number of tests: annulled ones, and blind ones before their reveal, are in no figure. */
export function countedTestsPath(where: Where, filters: readonly [string, string][] = []): string {
  return `/tests?${new URLSearchParams([["counted", "true"], ...whereOf(where), ...filters]).toString()}`;
}
