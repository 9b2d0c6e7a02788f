type Plain = Record<string, unknown>;

const isPlain = (value: unknown): value is Plain => typeof value === "object" && value !== null && !Array.isArray(value);
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * What was typed, on top of what somebody else stored in the meantime: what the person did not touch becomes theirs.
 * A list that either side made longer or shorter stays as typed, because its rows no longer correspond.
 */
export function mergeTyped(base: unknown, mine: unknown, theirs: unknown): unknown {
  if (same(mine, base)) return theirs;
  if (Array.isArray(base) && Array.isArray(mine) && Array.isArray(theirs)) {
    if (base.length !== mine.length || base.length !== theirs.length) return mine;
    return mine.map((item: unknown, index) => mergeTyped(base[index], item, theirs[index]));
  }
  if (isPlain(base) && isPlain(mine) && isPlain(theirs)) {
    return Object.fromEntries(Object.keys(mine).map((key) => [key, mergeTyped(base[key], mine[key], theirs[key])]));
  }
  return mine;
}
