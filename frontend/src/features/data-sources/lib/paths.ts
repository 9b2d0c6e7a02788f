import { ATTACK_SOURCE, type Run } from "@/features/data-sources/api";

/** The page of a source; ATT&CK has one of its own. */
export const sourcePath = (name: string): string => (name === ATTACK_SOURCE ? "/system/mitre-sync" : `/system/data-sources/${name}`);

export const runPath = (source: string, runId: string): string =>
  source === ATTACK_SOURCE ? `/system/mitre-sync/runs/${runId}` : `/system/data-sources/runs/${runId}`;

export const pathOfRun = (run: Run): string => runPath(run.source, run.id);
