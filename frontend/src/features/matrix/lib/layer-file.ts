import type { NavigatorLayer } from "@/features/matrix/api";
import { formatBytes } from "@/lib/format";

/** More than any layer: nobody is to wait for a film. */
const FILE_LIMIT = 20_000_000;
/** The server takes a body of one MiB. */
const BODY_LIMIT = 1024 * 1024;

type Json = Record<string, unknown>;

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What is used of a part: the rest of a layer (metadata, links, layout) would only make it heavy. */
function pick(value: unknown, names: readonly string[]): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(names.filter((name) => value[name] !== undefined && value[name] !== null).map((name) => [name, value[name]]));
}

const pickAll = (value: unknown, names: readonly string[]): unknown => (Array.isArray(value) ? value.map((item) => pick(item, names)) : value);

/** The layer in a file, as far as it can be told here; the server checks the rest. Throws an Error that says what is wrong. */
export async function readLayerFile(file: File): Promise<NavigatorLayer> {
  if (file.size > FILE_LIMIT) throw new Error(`The file has ${formatBytes(file.size)}; a layer has ${formatBytes(FILE_LIMIT)} at most.`);
  return layerOf(await file.text());
}

export function layerOf(text: string): NavigatorLayer {
  let read: unknown;
  try {
    read = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new Error("This is no JSON file. In ATT&CK Navigator, save the layer with “download layer as JSON”.", { cause });
  }
  if (Array.isArray(read)) {
    if (read.length !== 1) throw new Error(`The file holds ${read.length} layers. Save the one that you want by itself.`);
    read = read[0] as unknown;
  }
  if (!isRecord(read)) throw new Error("This is no layer of ATT&CK Navigator: the file holds no object.");
  const missing = ["name", "domain"].filter((name) => typeof read[name] !== "string");
  if (missing.length > 0) throw new Error(`This is no layer of ATT&CK Navigator 4: it has no ${missing.join(" and no ")}.`);
  const layer = {
    ...(pick(read, ["name", "description", "domain"]) as Json),
    ...(read.versions !== undefined && { versions: pick(read.versions, ["attack", "navigator", "layer"]) }),
    ...(read.techniques !== undefined && { techniques: pickAll(read.techniques, ["techniqueID", "tactic", "score", "color", "comment", "enabled"]) }),
    ...(read.gradient !== undefined && { gradient: pick(read.gradient, ["colors", "minValue", "maxValue"]) }),
    ...(read.legendItems !== undefined && { legendItems: pickAll(read.legendItems, ["label", "color"]) }),
  };
  const size = new TextEncoder().encode(JSON.stringify(layer)).length;
  if (size > BODY_LIMIT) throw new Error(`Techniques and comments of this layer come to ${formatBytes(size)}; ${formatBytes(BODY_LIMIT)} can be laid over.`);
  // Checked by the server, which says what is wrong with which field.
  return layer as NavigatorLayer;
}
