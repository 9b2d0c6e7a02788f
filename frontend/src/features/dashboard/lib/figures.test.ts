import { describe, expect, it } from "vitest";
import { busiest, inScope, inWords, matrixPath, shares } from "@/features/dashboard/lib/figures";
import { noCounts } from "@/testing/heatmap";

const fresh = { ...noCounts, not_evaluated: 517, out_of_scope: 76 };
const day = { day: "2026-01-01", started: 0, red_submitted: 0, returned: 0, blue_submitted: 0, validated: 0, rejected: 0, reopened: 0 };

describe("figures", () => {
  it("shares what there is in the order of the legend", () => {
    expect(shares({ ...noCounts, not_covered: 1, validated: 3 })).toEqual([
      { status: "validated", count: 3, percent: 75 },
      { status: "not_covered", count: 1, percent: 25 },
    ]);
    expect(shares(noCounts)).toEqual([]);
  });

  it("says a fresh installation in words and counts what is in scope", () => {
    expect(inWords(fresh)).toBe("517 not evaluated, 76 out of scope");
    expect(inScope(fresh)).toBe(517);
  });

  it("leads to the cells behind a number", () => {
    expect(matrixPath("enterprise")).toBe("/matrix");
    expect(matrixPath("ics", { status: "partial" })).toBe("/matrix?domain=ics&status=partial");
  });

  it("measures days by the side that did most", () => {
    expect(busiest([])).toBe(1);
    expect(busiest([{ ...day, started: 2, red_submitted: 1 }, { ...day, returned: 1, blue_submitted: 3 }])).toBe(4);
  });
});
