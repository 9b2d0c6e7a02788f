import { authorizedFetch } from "@/api/client";
import { problemToError } from "@/api/errors";

type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

/** Fetches a table of the API as a file and hands it to the browser. `path` begins with `/api/v1`. */
export async function saveTable(path: string, query: Query, filename: string): Promise<void> {
  const url = new URL(path, window.location.origin);
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value]) if (item !== undefined && item !== null && item !== "") url.searchParams.append(name, String(item));
  }
  const response = await authorizedFetch(new Request(url));
  if (!response.ok) throw problemToError(response, await response.json().catch(() => null));
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = filename;
  link.click();
  URL.revokeObjectURL(address);
}
