import type { BadgeTone } from "@/components/ui/badge";
import { formatCount, formatDuration, humanise } from "@/lib/format";
import type { JobRun } from "@/features/jobs/api";

export const JOB_STATUS: Record<JobRun["status"], { label: string; tone: BadgeTone; symbol: string }> = {
  running: { label: "Running", tone: "accent", symbol: "▷" },
  succeeded: { label: "Succeeded", tone: "ok", symbol: "✓" },
  failed: { label: "Failed", tone: "danger", symbol: "✕" },
  interrupted: { label: "Interrupted", tone: "warn", symbol: "!" },
  skipped: { label: "Skipped", tone: "neutral", symbol: "–" },
};

const ABOUT: Record<string, string> = {
  mitre_sync: "Asks for a sync of ATT&CK and of every source that is due.",
  intel_scan: "Reads the intelligence part of ATT&CK and flags techniques whose intelligence changed since their review.",
  notification_cleanup: "Deletes old notifications.",
  coverage_snapshot: "Stores how coverage and scores stand, for trends and comparison.",
  recurring_campaigns: "Starts the next run of campaigns that recur.",
  housekeeping: "Deletes orphaned files, looks for missing evidence, ends what has expired.",
};

/** What a job is for, in a sentence; nothing for one that is not known here. */
export const aboutJob = (name: string): string => ABOUT[name] ?? "";

export function scheduleLabel(hours: number): string {
  if (hours === 0) return "only by hand";
  if (hours === 1) return "every hour";
  return hours % 24 === 0 && hours >= 48 ? `every ${hours / 24} days` : `every ${hours} h`;
}

export function tookLabel(run: JobRun): string {
  return run.ended_at ? formatDuration((Date.parse(run.ended_at) - Date.parse(run.started_at)) / 1000) : "–";
}

/** "821 deleted, 2 orphans deleted"; what is zero goes unsaid. */
export function outcomeLine(run: JobRun): string {
  if (run.error) return run.error;
  const parts = Object.entries(run.counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${formatCount(count)} ${humanise(name).toLowerCase()}`);
  if (parts.length > 0) return parts.join(", ");
  return run.status === "succeeded" ? "nothing to do" : "–";
}
