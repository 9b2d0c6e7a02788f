import { describe, expect, it } from "vitest";
import { layerOf } from "@/features/matrix/lib/layer-file";
import { layOver, scoreText } from "@/features/matrix/lib/overlay";
import { overlayOf } from "@/testing/heatmap";

const layer = { name: "Theirs", description: "", domain: "enterprise-attack", techniques: [], legendItems: [] };

describe("a layer laid over", () => {
  it("colours by its own colour, else by score, with ink that can be read", () => {
    const { marks, scaled } = layOver(
      layer,
      overlayOf([
        { attack_id: "T1", score: 5 },
        { attack_id: "T2", score: 5, color: "#0000ff80" },
        { attack_id: "T3", score: 99, enabled: false },
        { attack_id: "T4", comment: "Twice." },
        { attack_id: "T5", color: "#012" },
      ], { gradient: { colors: ["#ffffff", "#000000"], min: 0, max: 10 } }),
    );
    expect(scaled).toBe(true);
    expect([...marks.values()].map(({ text, look, said }) => [text, look.backgroundColor, look.color, said])).toEqual([
      ["5", "#808080", "#111111", "score 5"],
      ["5", "#7f7fff", "#111111", "score 5"],
      ["off", "#000000", "#ffffff", "score 99, switched off"],
      ["✎", "#ffffff", "#111111", "no score, Twice."],
      ["✓", "#001122", "#ffffff", "no score"],
    ]);
    expect([...marks.keys()][0]).toBe("alpha/T1");
  });

  it("writes scores shortly", () => {
    expect([0, 12.345, -3, 123456].map(scoreText)).toEqual(["0", "12.35", "-3", "1e5"]);
  });
});

describe("a layer file", () => {
  it("keeps what is used, and says what a file lacks", () => {
    const file = {
      ...layer,
      metadata: [{ name: "x", value: "y" }],
      versions: { layer: "4.5", attack: "17", more: 1 },
      techniques: [{ techniqueID: "T1", score: null, comment: "c", links: [] }],
    };
    expect(layerOf(`\uFEFF${JSON.stringify([file])}`)).toEqual({ ...layer, versions: { layer: "4.5", attack: "17" }, techniques: [{ techniqueID: "T1", comment: "c" }] });
    for (const [text, message] of [
      ["{", "This is no JSON file"],
      ["3", "the file holds no object"],
      ["[{}, {}]", "The file holds 2 layers"],
      ["{}", "it has no name and no domain"],
      [JSON.stringify({ ...layer, description: "x".repeat(1_100_000) }), "can be laid over"],
    ] as const) {
      expect(() => layerOf(text)).toThrow(message);
    }
  });
});
