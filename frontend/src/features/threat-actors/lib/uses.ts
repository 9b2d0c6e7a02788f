import type { DomainName } from "@/api/techniques";
import type { ActorDetail, ActorUse } from "@/features/threat-actors/api";
import type { CoverageStatus } from "@/lib/coverage";

/** A technique with everything said of the actor's use of it. */
export interface UsedTechnique {
  attackId: string;
  name: string;
  domain: DomainName;
  tactics: readonly string[];
  status: CoverageStatus | null;
  /** Whether the coverage figures count it. */
  counted: boolean;
  uses: readonly ActorUse[];
}

/** One entry a technique and domain, in order of ids: an actor may use it by itself and in several campaigns. */
export function usedTechniques(actor: ActorDetail): UsedTechnique[] {
  const found = new Map<string, { attackId: string; name: string; domain: DomainName; tactics: readonly string[]; status: CoverageStatus | null; counted: boolean; uses: ActorUse[] }>();
  for (const use of actor.technique_uses) {
    const key = `${use.domain} ${use.attack_id}`;
    const entry = found.get(key);
    if (entry) entry.uses.push(use);
    else found.set(key, { attackId: use.attack_id, name: use.name, domain: use.domain, tactics: use.tactics, status: use.status, counted: use.counted, uses: [use] });
  }
  return [...found.values()];
}

export const isOwn = (technique: UsedTechnique): boolean => technique.uses.some((use) => use.own);

/** What is missed for certain first, then what is half seen, then what nobody knows. */
const GAPS: readonly CoverageStatus[] = ["not_covered", "partial", "not_evaluated", "in_progress"];

/** Where the actor would get through, the worst first; among equals what it uses in more ways. */
export function gapsOf(techniques: readonly UsedTechnique[]): UsedTechnique[] {
  const rank = (technique: UsedTechnique) => (technique.status ? GAPS.indexOf(technique.status) : -1);
  return techniques
    .filter((technique) => technique.counted && rank(technique) >= 0)
    .sort((one, other) => rank(one) - rank(other) || other.uses.length - one.uses.length || one.attackId.localeCompare(other.attackId));
}

/** Domains in which the actor does something, Enterprise first. */
export function domainsOf(techniques: readonly UsedTechnique[]): DomainName[] {
  const all: readonly DomainName[] = ["enterprise", "mobile", "ics"];
  return all.filter((domain) => techniques.some((technique) => technique.domain === domain));
}
