import { describe as suite, expect, it } from "vitest";
import { cellClasses, describe, endOfScale, LAYERS, readingsOf, stripText, valueText } from "@/features/matrix/lib/layers";
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
      ["campaign", 30],
      ["control", 30],
    ]);
  });

  it("says a value in words, and nothing where nothing is known", () => {
    const cell = heatmapCell({ value: 3, proven: false });
    expect(describe(cell, { layer: "ladder" }, 0, false)).toContain("evidence: telemetry seen");
    expect(describe(cell, { layer: "score" }, 0, false)).toContain("score 3 of 100, claimed");
    expect(describe(cell, { layer: "detection_rules" }, 0, false)).toContain("3 detection rules");
    expect(describe(heatmapCell({ value: 1 }), { layer: "actor" }, 0, false)).toContain("1 threat actor");
    const none = heatmapCell({ value: 0 });
    expect(valueText(none, "control", false)).toBe("");
    expect(cellClasses(none, "control", 30)).toBe(cellClasses(heatmapCell({ value: null }), "score", 100));
    expect(valueText(none, "score", false)).toBe("0");
  });

  it("says both layers of a cell and what lies over it, and never a colour alone", () => {
    const cell = heatmapCell({ value: 0.5, compare: 12, units: 4, units_validated: 2 });
    expect(describe(cell, { layer: "coverage", compare: "campaign", overlay: "score 7, seen" }, 4, false)).toBe(
      "T1059 Name of T1059, not evaluated, 2 of 4 validated, 12 campaigns, laid over: score 7, seen, 4 sub-techniques folded",
    );
    expect(stripText(cell, "coverage", 0.5)).toBe("50%");
    expect(stripText(cell, "coverage", null)).toBe("·");
    expect(stripText(cell, "actor", 0)).toBe("–");
    expect(readingsOf(cell, { layer: "coverage" })).toEqual([]);
    const rules = heatmapCell({ value: 1, compare: 0.5, detail: { active: 3, deployed: null } });
    expect(readingsOf(rules, { layer: "detection_rules", compare: "coverage", overlay: "score 7", overlayName: "" })).toEqual([
      { label: "Detection rules", words: "1 detection rule\nactive 3" },
      { label: "Coverage", words: "coverage 50 %" },
      { label: "Laid over", words: "score 7" },
    ]);
  });
});
