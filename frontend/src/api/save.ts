import { authorizedFetch } from "@/api/client";
import { problemToError } from "@/api/errors";

type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

/** Fetches a file of the API; with a body by POST. `path` begins with `/api/v1`. Throws ApiError when it is refused. */
export async function fetchFile(path: string, query: Query, body?: object): Promise<Blob> {
  const url = new URL(path, window.location.origin);
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value]) if (item !== undefined && item !== null && item !== "") url.searchParams.append(name, String(item));
  }
  const response = await authorizedFetch(
    body === undefined ? new Request(url) : new Request(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
  );
  if (!response.ok) throw problemToError(response, await response.json().catch(() => null));
  return response.blob();
}

/** Hands a file to the browser. */
export function saveBlob(blob: Blob, filename: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = filename;
  link.click();
  URL.revokeObjectURL(address);
}

/** Fetches a file of the API and hands it to the browser. */
export async function saveFile(path: string, query: Query, filename: string, body?: object): Promise<void> {
  saveBlob(await fetchFile(path, query, body), filename);
}
