import type { NavigatorLayer, Overlay, OverlayCell } from "@/features/matrix/api";
import { cellKey } from "@/features/matrix/lib/layout";

/** A layer of others, laid over the matrix for as long as the page is open. */
export interface LaidOver {
  overlay: Overlay;
  /** What was sent, for the exports: the server keeps nothing. */
  layer: NavigatorLayer;
  marks: ReadonlyMap<string, Mark>;
  scale: Scale;
  /** Whether a colour comes from the scale. */
  scaled: boolean;
}

/** What the layer says in one cell. */
export interface Mark {
  /** A number, or a sign in its place. */
  text: string;
  look: Look;
  /** In words. */
  said: string;
  cell: OverlayCell;
}

/** Colours of their own, told by the layer: the one kind that no token can name. */
export interface Look {
  backgroundColor: string;
  color: string;
}

export interface Scale {
  colors: string[];
  min: number;
  max: number;
}

/** The Navigator's own scale, for layers that name none. */
const SCALE: Scale = { colors: ["#ff6666", "#ffe766", "#8ec843"], min: 0, max: 100 };
const [BLACK, WHITE] = ["#111111", "#ffffff"];
type Rgb = readonly [number, number, number];

/** `#rgb`, `#rrggbb` or `#rrggbbaa`, over white. */
function rgbOf(colour: string): Rgb {
  const digits = colour.slice(1);
  const pairs = (digits.length === 3 ? digits.replace(/./g, "$&$&") : digits).match(/../g) ?? [];
  const [red = 255, green = 255, blue = 255, alpha = 255] = pairs.map((pair) => parseInt(pair, 16));
  const over = (part: number) => Math.round(255 + (part - 255) * (alpha / 255));
  return [over(red), over(green), over(blue)];
}

const hex = (colour: Rgb): string => `#${colour.map((part) => part.toString(16).padStart(2, "0")).join("")}`;

/** A colour with black or white on it, whichever is easier to read. */
function lookOf(colour: Rgb): Look {
  const [red, green, blue] = colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4)) as unknown as Rgb;
  return { backgroundColor: hex(colour), color: 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? BLACK : WHITE };
}

/** The look of a colour of the layer. */
export const swatch = (colour: string): Look => lookOf(rgbOf(colour));

function between({ colors, min, max }: Scale, score: number): Rgb {
  const place = Math.min(Math.max((score - min) / (max - min), 0), 1) * (colors.length - 1);
  const lower = Math.min(Math.floor(place), colors.length - 2);
  const [from, to] = [rgbOf(colors[lower] ?? WHITE), rgbOf(colors[lower + 1] ?? WHITE)];
  return from.map((part, index) => Math.round(part + ((to[index] ?? part) - part) * (place - lower))) as unknown as Rgb;
}

/** A score as it is written: at most two decimals, and short where it is large. */
export const scoreText = (score: number): string =>
  Math.abs(score) >= 10_000 ? score.toExponential(0).replace("+", "") : String(Math.round(score * 100) / 100);

function textOf({ enabled, score, comment }: OverlayCell): string {
  if (!enabled) return "off";
  if (score !== null) return scoreText(score);
  return comment ? "✎" : "✓";
}

function wordsOf({ enabled, score, comment }: OverlayCell): string {
  return [score === null ? "no score" : `score ${scoreText(score)}`, !enabled && "switched off", comment].filter(Boolean).join(", ");
}

/** Everything the page needs of a layer that the server has checked. */
export function layOver(layer: NavigatorLayer, overlay: Overlay): LaidOver {
  const scale = overlay.gradient ?? SCALE;
  const marks = new Map<string, Mark>();
  for (const cell of overlay.cells) {
    const colour = cell.color !== null ? rgbOf(cell.color) : cell.score !== null ? between(scale, cell.score) : rgbOf(WHITE);
    marks.set(cellKey(cell.tactic, cell.attack_id), { text: textOf(cell), look: lookOf(colour), said: wordsOf(cell), cell });
  }
  return { overlay, layer, marks, scale, scaled: overlay.cells.some((cell) => cell.color === null && cell.score !== null) };
}
