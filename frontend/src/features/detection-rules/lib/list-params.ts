import type { RuleListParams } from "@/api/rules";
import { FIRING, LEVELS, pick } from "@/features/detection-rules/lib/words";

interface Read {
  get: (name: string) => string;
  getAll: (name: string) => string[];
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Names of the parameters that narrow the list; anything else in the address does not. */
export const FILTERS = ["q", "source", "level", "platform", "technique", "firing", "deployed", "tool", "use", "include_subtechniques"] as const;

/** The list's query out of the address; unknown values are left out. */
export function listParams({ get, getAll }: Read, table: { limit: number; offset: number; sort: string | undefined }): RuleListParams {
  const [level, firing] = [pick(LEVELS, getAll("level")), pick(FIRING, getAll("firing"))];
  const [source, platform, technique] = [getAll("source"), getAll("platform"), getAll("technique")];
  const [q, deployed, tool, use] = [get("q"), get("deployed"), get("tool"), get("use")];
  return {
    limit: table.limit,
    offset: table.offset,
    active: use === "all" ? "all" : use === "unusable" ? "false" : "true",
    ...(table.sort && { sort: table.sort }),
    ...(q && { q }),
    ...(source.length > 0 && { source }),
    ...(platform.length > 0 && { platform }),
    ...(technique.length > 0 && { technique }),
    ...(technique.length > 0 && get("include_subtechniques") === "true" && { include_subtechniques: true }),
    ...(level.length > 0 && { level }),
    ...(firing.length > 0 && { firing }),
    ...((deployed === "true" || deployed === "false") && { deployed: deployed === "true" }),
    ...(UUID.test(tool) && { tool }),
  };
}
