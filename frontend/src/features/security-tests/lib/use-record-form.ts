import { useEffect, useRef, useState } from "react";
import { useForm, type DefaultValues, type FieldValues, type Path, type PathValue, type UseFormReturn } from "react-hook-form";
import { useQueryClient } from "@tanstack/react-query";
import { isApiError, type FieldError } from "@/api/errors";
import { testKeys, testQuery, type TestDetail } from "@/api/tests";
import { mergeTyped } from "@/features/security-tests/lib/merge";
import { placeErrors } from "@/components/form/place-errors";
import { useLeaveGuard } from "@/components/form/use-leave-guard";

interface RecordFormOptions<V extends FieldValues, B extends { version: number }> {
  test: TestDetail;
  /** The versioned part of the test that the form edits. */
  pick: (test: TestDetail) => B;
  toValues: (base: B) => V;
  rename?: (field: string) => string;
}

export interface RecordForm<V extends FieldValues, B> {
  form: UseFormReturn<V>;
  /** What the fields started from; its version goes with the save. */
  base: () => B;
  failure: unknown;
  /** Faults that no field shows. */
  left: readonly FieldError[];
  /** Somebody saved in between. */
  stale: boolean;
  /** Shows a refusal where it belongs. */
  refuse: (error: unknown) => void;
  clear: () => void;
  /** The save went through: what was sent is what is stored. */
  saved: (test: TestDetail) => void;
  /** Takes the newest record; what was typed stays on top of it, or goes. */
  rebase: (keepTyped: boolean) => Promise<void>;
}

/**
 * A form over a versioned part of a test. It follows the server while nothing is typed, keeps what is typed when
 * somebody else saved, and puts refusals on their fields.
 */
export function useRecordForm<V extends FieldValues, B extends { version: number }>(options: RecordFormOptions<V, B>): RecordForm<V, B> {
  const { test, pick, toValues, rename } = options;
  const client = useQueryClient();
  const current = pick(test);
  const base = useRef(current);
  const [failure, setFailure] = useState<unknown>(null);
  const [left, setLeft] = useState<readonly FieldError[]>([]);
  const form = useForm<V>({ defaultValues: toValues(current) as DefaultValues<V> });
  const { isDirty } = form.formState;
  useLeaveGuard(isDirty);

  const latest = useRef({ toValues, form });
  useEffect(() => {
    latest.current = { toValues, form };
  });
  useEffect(() => {
    if (isDirty || current.version === base.current.version) return;
    latest.current.form.reset(latest.current.toValues(current));
    base.current = current;
  }, [current, isDirty]);

  function clear() {
    setFailure(null);
    setLeft([]);
    form.clearErrors();
  }
  return {
    form,
    base: () => base.current,
    failure,
    left,
    stale: isApiError(failure, 409) && failure.code === "stale_version",
    clear,
    refuse(error) {
      setFailure(error);
      setLeft(placeErrors(form, error, rename));
    },
    saved(next) {
      clear();
      base.current = pick(next);
      form.reset(toValues(pick(next)));
    },
    async rebase(keepTyped) {
      const next = await client.query({ ...testQuery(test.id), staleTime: 0 });
      client.setQueryData(testKeys.detail(test.id), next);
      const theirs = toValues(pick(next));
      const merged = keepTyped ? mergeTyped(toValues(base.current), form.getValues(), theirs) : theirs;
      clear();
      base.current = pick(next);
      form.reset(theirs);
      for (const [name, value] of Object.entries(merged as V)) form.setValue(name as Path<V>, value as PathValue<V, Path<V>>, { shouldDirty: true });
    },
  };
}
