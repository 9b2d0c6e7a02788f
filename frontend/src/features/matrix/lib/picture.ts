import { authorizedFetch } from "@/api/client";
import { problemToError } from "@/api/errors";
import type { HeatmapParams } from "@/features/matrix/api";

const SCALE = 2;

function loaded(address: string): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error("The drawing could not be read."));
    image.src = address;
  });
}

/** The drawing of the server as a PNG, twice its size, made in the browser. */
export async function savePicture(query: HeatmapParams, filename: string): Promise<void> {
  const url = new URL("/api/v1/heatmap/export", window.location.origin);
  for (const [name, value] of Object.entries({ ...query, format: "svg" })) {
    for (const item of Array.isArray(value) ? value : [value]) if (item !== null) url.searchParams.append(name, String(item));
  }
  const response = await authorizedFetch(new Request(url));
  if (!response.ok) throw problemToError(response, await response.json().catch(() => null));
  const address = URL.createObjectURL(new Blob([await response.text()], { type: "image/svg+xml" }));
  try {
    const image = await loaded(address);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width * SCALE, image.height * SCALE];
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const picture = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    if (!picture) throw new Error("The picture is too large for this browser.");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(picture);
    link.download = filename;
    link.click();
    URL.revokeObjectURL(link.href);
  } finally {
    URL.revokeObjectURL(address);
  }
}
