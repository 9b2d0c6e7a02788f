import { expect, it } from "vitest";
import { plural } from "@/lib/plural";

it("counts one and many", () => {
  expect([plural(0, "test"), plural(1, "test"), plural(1200, "test")]).toEqual(["0 tests", "1 test", "1,200 tests"]);
  expect([plural(1, "leaf", "leaves"), plural(2, "leaf", "leaves")]).toEqual(["1 leaf", "2 leaves"]);
});
