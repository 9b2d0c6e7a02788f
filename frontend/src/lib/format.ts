const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const integers = new Intl.NumberFormat("en");
const decimals = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** "3 hr ago", "in 2 days"; under a minute "just now". */
export function formatRelative(iso: string, now: number = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit).replace(".", "");
  }
  return "just now";
}

/** "2026-11-22 09:30:05 UTC". */
export function formatUtc(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** "1,204". */
export function formatCount(value: number): string {
  return integers.format(value);
}

/** A score of 0–100 with one decimal, "–" when there is none. */
export function formatScore(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : decimals.format(value);
}

/** How far a score moved, with its sign: "+1.2", "−0.4", "0.0"; "–" when it is not known. */
export function formatChange(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  const text = decimals.format(Math.abs(value));
  if (text === decimals.format(0)) return text;
  return `${value > 0 ? "+" : "−"}${text}`;
}

/** A rate of 0–1 as percent with one decimal, "–" when there is none. */
export function formatRate(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : `${decimals.format(value * 100)} %`;
}

/** A span in the unit that fits, or in words that nobody measured it. */
export function formatMeasured(seconds: number | null | undefined): string {
  return seconds === null || seconds === undefined ? "not measured" : formatDuration(seconds);
}

/** "850 ms", "12 s", "4 min 10 s", "3 h 5 min", "2 d 4 h". */
export function formatDuration(seconds: number): string {
  if (seconds < 1) return `${String(Math.round(seconds * 1000))} ms`;
  const total = Math.round(seconds);
  const [d, h, m, s] = [Math.floor(total / 86_400), Math.floor(total / 3_600) % 24, Math.floor(total / 60) % 60, total % 60];
  const parts = [d && `${String(d)} d`, h && `${String(h)} h`, m && `${String(m)} min`, s && !d && !h && `${String(s)} s`];
  return parts.filter(Boolean).slice(0, 2).join(" ") || "0 s";
}

/** "1.4 MB" in powers of 1000. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? String(Math.round(value)) : decimals.format(value)} ${units[power] ?? "B"}`;
}

/** "blue_evaluating" → "Blue evaluating". */
export function humanise(word: string): string {
  const text = word.replaceAll(/[_.-]+/g, " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
