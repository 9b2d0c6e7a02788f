import { describe, expect, it } from "vitest";
import { formatBytes, formatDuration, formatRate, formatRelative, formatScore, formatUtc, humanise } from "@/lib/format";

describe("formatters", () => {
  it("says how long ago", () => {
    const now = Date.parse("2026-01-02T00:00:00Z");
    expect(["2026-01-01T23:59:30Z", "2026-01-01T23:57:00Z", "2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z"].map((iso) => formatRelative(iso, now))).toEqual([
      "just now",
      "3 min ago",
      "yesterday",
      "in 3 days",
    ]);
    expect(formatUtc("2026-01-02T03:04:05.678+02:00")).toBe("2026-01-02 01:04:05 UTC");
  });

  it("writes durations, sizes, scores and rates", () => {
    expect([0.25, 0, 42, 250, 3900, 187_200].map(formatDuration)).toEqual(["250 ms", "0 ms", "42 s", "4 min 10 s", "1 h 5 min", "2 d 4 h"]);
    expect([0, 999, 1500, 314_572_800, 2_500_000_000].map(formatBytes)).toEqual(["0 B", "999 B", "1.5 kB", "315 MB", "2.5 GB"]);
    expect([formatScore(null), formatScore(66.666), formatRate(0.1234), formatRate(undefined)]).toEqual(["–", "66.7", "12.3 %", "–"]);
    expect(humanise("blue_evaluating")).toBe("Blue evaluating");
  });
});
