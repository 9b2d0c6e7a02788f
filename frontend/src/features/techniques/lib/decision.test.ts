import { describe, expect, it } from "vitest";
import { fromOverlay, toUpdate } from "@/features/techniques/lib/decision";
import { techniqueOf } from "@/testing/technique";

const [plain] = techniqueOf().overlays;
const decided = { ...plain!, in_scope: false, expected: "logged" as const, priority: 1, notes: "Read twice" };

describe("decision", () => {
  it("shows what holds", () => {
    expect(fromOverlay(plain!)).toEqual({ environment: plain!.environment_id, scope: "in", expected: "", priority: "", notes: "", reason: "", until: "" });
    expect(fromOverlay(decided)).toMatchObject({ scope: "out", expected: "logged", priority: "1", notes: "Read twice" });
  });

  it("sends nothing when nothing changes", () => {
    expect(toUpdate({ ...fromOverlay(decided), reason: "Because" }, decided)).toBeNull();
  });

  it("sends only what changes, with reason and end", () => {
    expect(toUpdate({ ...fromOverlay(plain!), scope: "out", priority: "0", reason: " No such system ", until: "2026-05-04T09:30:00" }, plain!)).toEqual({
      environment: plain!.environment_id,
      in_scope: false,
      priority: 0,
      reason: "No such system",
      until: "2026-05-04T09:30:00Z",
    });
  });

  it("takes decisions back", () => {
    expect(toUpdate({ ...fromOverlay(decided), scope: "in", expected: "", priority: "", notes: " ", reason: "Back" }, decided)).toEqual({
      environment: plain!.environment_id,
      in_scope: null,
      expected: null,
      priority: null,
      notes: null,
      reason: "Back",
    });
  });
});
