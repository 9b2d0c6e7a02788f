export interface ComparedLine {
  text: string;
  /** The other side does not have it at this place. */
  changed: boolean;
}

/** Pairs of lines that are compared one by one; of longer texts all between the equal ends counts as changed. */
const MOST_PAIRS = 1_000_000;

/** How many lines two texts have in common from line i and line j on, in their order. */
function commonFrom(before: readonly string[], after: readonly string[]): (i: number, j: number) => number {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      lengths[i * width + j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  return at;
}

/** Which lines of each side the other does not have at their place. */
function markChanged(before: readonly string[], after: readonly string[]): [boolean[], boolean[]] {
  const [old, now] = [before.map(() => true), after.map(() => true)];
  if (before.length * after.length > MOST_PAIRS) return [old, now];
  const common = commonFrom(before, after);
  for (let i = 0, j = 0; i < before.length && j < after.length; ) {
    if (before[i] === after[j]) {
      old[i++] = false;
      now[j++] = false;
    } else if (common(i + 1, j) >= common(i, j + 1)) i++;
    else j++;
  }
  return [old, now];
}

/** Two texts line by line, each line with whether the other has it too. */
export function compareLines(before: string, after: string): { before: ComparedLine[]; after: ComparedLine[] } {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < shorter - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const marks = markChanged(old.slice(head, old.length - tail), now.slice(head, now.length - tail));
  const marked = (lines: string[], side: boolean[]) => lines.map((text, index) => ({ text, changed: side[index - head] ?? false }));
  return { before: marked(old, marks[0]), after: marked(now, marks[1]) };
}

/** Signs that nobody sees, or that turn the reading round, by their numbers: a changed command must not hide behind them. */
export function showHidden(text: string): string {
  return text.replaceAll(/(?!\t)[\p{Cc}\p{Cf}]/gu, (sign) => `‹U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}›`);
}
