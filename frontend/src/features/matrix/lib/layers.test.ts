import { describe as suite, expect, it } from "vitest";
import { cellClasses, describe, endOfScale, LAYERS, valueText } from "@/features/matrix/lib/layers";
import { cellOf } from "@/testing/heatmap";

const heatmapCell = (over: Parameters<typeof cellOf>[2]) => cellOf("T1059", "execution", over);

suite("layers", () => {
  it("ends each scale where its values end", () => {
    const cells = [heatmapCell({ value: 12, tests: 4 }), heatmapCell({ value: 30, tests: 2 })];
    expect(LAYERS.map(({ value }) => [value, endOfScale(cells, value)])).toEqual([
      ["coverage", 100],
      ["score", 100],
      ["tests", 4],
      ["detection_rules", 30],
      ["d3fend", 100],
      ["freshness", 100],
      ["ladder", 6],
      ["actor", 30],
      ["control", 30],
    ]);
  });

  it("says a value in words, and nothing where nothing is known", () => {
    const cell = heatmapCell({ value: 3, proven: false });
    expect(describe(cell, "ladder", 0, false)).toContain("evidence: telemetry seen");
    expect(describe(cell, "score", 0, false)).toContain("score 3 of 100, claimed");
    expect(describe(cell, "detection_rules", 0, false)).toContain("3 deployed rules");
    expect(describe(heatmapCell({ value: 1 }), "actor", 0, false)).toContain("1 threat actor");
    const none = heatmapCell({ value: 0 });
    expect(valueText(none, "control", false)).toBe("");
    expect(cellClasses(none, "control", 30)).toBe(cellClasses(heatmapCell({ value: null }), "score", 100));
    expect(valueText(none, "score", false)).toBe("0");
  });
});
