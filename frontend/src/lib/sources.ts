import { humanise } from "@/lib/format";

const NAMES: Record<string, string> = {
  mitre_attack: "MITRE ATT&CK",
  mitre_cti: "MITRE CTI",
  atomic_red_team: "Atomic Red Team",
  caldera: "CALDERA",
  lolbas: "LOLBAS",
  gtfobins: "GTFOBins",
  sigma: "Sigma",
  elastic: "Elastic",
  d3fend: "D3FEND",
  compliance: "Compliance",
  custom: "Our own",
};

/** A publisher of content as people call it. */
export function sourceLabel(name: string): string {
  return NAMES[name] ?? humanise(name);
}

/** All publishers, for filters, in the words of the page. */
export const SOURCE_LABELS: Readonly<Record<string, string>> = NAMES;
