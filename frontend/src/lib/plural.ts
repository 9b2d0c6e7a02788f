import { formatCount } from "@/lib/format";

/** "1 test", "2 tests", "0 tests"; give the plural where an s does not make it. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
