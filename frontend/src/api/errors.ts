export interface FieldError {
  /** Dotted path inside the body, like `observations.0.outcome`. */
  field: string;
  message: string;
  code: string;
}

/** Every answer that is not a success, and a network that gave none (status 0). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: readonly FieldError[] = [],
    readonly requestId: string | null = null,
    /** Seconds to wait, from Retry-After. */
    readonly retryAfter: number | null = null,
    /** Further members of the problem document, such as `current_version`. */
    readonly extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail || code);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

function fieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).map((item) => ({ field: text(item.field), message: text(item.message), code: text(item.code) }));
}

/** Reads a problem document out of a refused response. */
export function problemToError(response: { status: number; headers: Headers }, body: unknown): ApiError {
  const problem = isRecord(body) ? body : {};
  const wait = Number(response.headers.get("Retry-After"));
  return new ApiError(
    response.status,
    text(problem.code) || `http_${response.status}`,
    text(problem.detail) || text(problem.title) || `The server answered ${response.status}.`,
    fieldErrors(problem.errors),
    text(problem.request_id) || response.headers.get("X-Request-ID"),
    wait > 0 ? wait : null,
    problem,
  );
}

export function networkError(cause: unknown): ApiError {
  const error = new ApiError(0, "network", "The server could not be reached. Check the connection and try again.");
  error.cause = cause;
  return error;
}

export function isApiError(error: unknown, status?: number): error is ApiError {
  return error instanceof ApiError && (status === undefined || error.status === status);
}
