import { fetchFile, saveBlob } from "@/api/save";
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
export async function savePicture(path: string, query: HeatmapParams, filename: string, body?: object): Promise<void> {
  const address = URL.createObjectURL(await fetchFile(path, { ...query, format: "svg" }, body));
  try {
    const image = await loaded(address);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width * SCALE, image.height * SCALE];
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const picture = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    if (!picture) throw new Error("The picture is too large for this browser.");
    saveBlob(picture, filename);
  } finally {
    URL.revokeObjectURL(address);
  }
}
