import { ApiError, networkError, problemToError } from "@/api/errors";
import { getAccessToken, refreshSession } from "@/api/session";

export interface UploadOptions {
  /** Further form fields, sent before the file. */
  fields?: Record<string, string>;
  fileField?: string;
  onProgress?: (sent: number, total: number) => void;
  signal?: AbortSignal;
}

function send(path: string, file: File, options: UploadOptions): Promise<{ status: number; headers: Headers; body: unknown }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("Authorization", `Bearer ${getAccessToken() ?? ""}`);
    request.setRequestHeader("X-Aegis-Request", "1");
    request.upload.onprogress = (event) => options.onProgress?.(event.loaded, event.total);
    request.onerror = () => reject(networkError(null));
    request.onabort = () => reject(new DOMException("Upload cancelled", "AbortError"));
    request.onload = () => {
      const headers = new Headers();
      for (const name of ["Retry-After", "X-Request-ID"]) {
        const value = request.getResponseHeader(name);
        if (value) headers.set(name, value);
      }
      let body: unknown = null;
      try {
        body = JSON.parse(request.responseText) as unknown;
      } catch {
        // The status alone has to do.
      }
      resolve({ status: request.status, headers, body });
    };
    options.signal?.addEventListener("abort", () => request.abort());
    const form = new FormData();
    for (const [name, value] of Object.entries(options.fields ?? {})) form.append(name, value);
    form.append(options.fileField ?? "file", file);
    request.send(form);
  });
}

/**
 * Sends one file as multipart with progress (fetch cannot report it). The token is renewed first, so that a
 * large body is not sent twice. Throws ApiError like every other call; the caller names the answer's type.
 */
export async function uploadFile<T>(path: string, file: File, options: UploadOptions = {}): Promise<T> {
  await refreshSession();
  const answer = await send(path, file, options);
  if (answer.status < 200 || answer.status > 299) throw problemToError(answer, answer.body);
  if (answer.body === null) throw new ApiError(answer.status, "empty_answer", "The server sent an empty answer.");
  return answer.body as T;
}
