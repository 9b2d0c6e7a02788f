import type { FieldPath, FieldValues, UseFormReturn } from "react-hook-form";
import { isApiError } from "@/api/errors";

/**
 * Puts the server's field errors on the fields of the form and focuses the first.
 * Returns the error when nothing could be placed, so that the form shows it as a whole.
 */
export function applyServerErrors<T extends FieldValues>(form: UseFormReturn<T>, error: unknown): unknown {
  if (!isApiError(error)) return error;
  const known = new Set(Object.keys(form.getValues()));
  const placed = error.errors.filter((item) => known.has(item.field.split(".")[0] ?? ""));
  placed.forEach((item, index) => {
    form.setError(item.field as FieldPath<T>, { type: item.code, message: item.message }, { shouldFocus: index === 0 });
  });
  return placed.length > 0 ? null : error;
}
