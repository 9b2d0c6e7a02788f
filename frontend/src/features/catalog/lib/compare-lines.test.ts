import { expect, it } from "vitest";
import { compareLines, showHidden } from "@/features/catalog/lib/compare-lines";

const changed = (before: string, after: string) => {
  const sides = compareLines(before, after);
  return [sides.before, sides.after].map((side) => side.filter((line) => line.changed).map((line) => line.text));
};

it("marks the lines that only one side has", () => {
  expect(changed("a\nb\nc\nd", "a\nx\nc\ny\nd")).toEqual([["b"], ["x", "y"]]);
  expect(changed("a\nb", "b\na")).toEqual([["a"], ["a"]]);
  expect(changed("a\na", "a")).toEqual([["a"], []]);
  expect(changed("", "curl it")).toEqual([[""], ["curl it"]]);
  expect(changed("same\n", "same\n")).toEqual([[], []]);
});

it("marks all between the equal ends of texts too long to compare", () => {
  const lines = (word: string) => ["first", ...Array.from({ length: 1_001 }, (_, index) => `${word}${String(index % 500)}`), "last"].join("\n");
  expect(changed(lines("a"), lines("b")).map((side) => side.length)).toEqual([1_001, 1_001]);
});

it("shows what hides", () => {
  expect(showHidden("del\u202e x\u200b\r\tend")).toBe("del‹U+202E› x‹U+200B›‹U+000D›\tend");
});
