import type { FieldPath, FieldValues, UseFormReturn } from "react-hook-form";
import { isApiError, type FieldError } from "@/api/errors";

/** The server names faults in a few words; on the page they begin like sentences. */
export const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

function reaches(values: unknown, path: readonly string[]): boolean {
  const [head, ...rest] = path;
  if (head === undefined) return true;
  if (typeof values !== "object" || values === null || !(head in values)) return false;
  return reaches((values as Record<string, unknown>)[head], rest);
}

/**
 * Puts the server's field errors on the fields of a nested form, under the names that `rename` gives them, and
 * focuses the first. Returns those that no field shows, for <Refusal>.
 */
export function placeErrors<T extends FieldValues>(
  form: UseFormReturn<T>,
  error: unknown,
  rename: (field: string) => string = (field) => field,
): readonly FieldError[] {
  if (!isApiError(error)) return [];
  const values = form.getValues();
  const left: FieldError[] = [];
  let focused = false;
  for (const item of error.errors) {
    const field = rename(item.field);
    if (!reaches(values, field.split("."))) {
      left.push(item);
      continue;
    }
    form.setError(field as FieldPath<T>, { type: item.code, message: sentence(item.message) }, { shouldFocus: !focused });
    focused = true;
  }
  return left;
}
