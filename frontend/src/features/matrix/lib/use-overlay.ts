import { startTransition, useState } from "react";
import { useMutation } from "@tanstack/react-query";
import { layOverMatrix } from "@/features/matrix/api";
import { readLayerFile } from "@/features/matrix/lib/layer-file";
import { layOver, type LaidOver } from "@/features/matrix/lib/overlay";

/** A layer laid over the matrix. It lives in this page alone and is gone with it. */
export function useOverlay(onLaid: (laid: LaidOver) => void) {
  const [laid, setLaid] = useState<LaidOver | null>(null);
  const { mutate, reset, ...taking } = useMutation({
    mutationFn: async (file: File) => {
      const layer = await readLayerFile(file);
      return layOver(layer, await layOverMatrix(layer));
    },
    onSuccess: (found) => {
      // All cells are drawn again: that may wait for a click.
      startTransition(() => setLaid(found));
      onLaid(found);
    },
  });
  return {
    laid,
    busy: taking.isPending,
    /** Why the last file was refused, and which it was. */
    problem: taking.error,
    refused: taking.variables?.name ?? "",
    take: (file: File | undefined) => {
      if (file) mutate(file);
    },
    forget: reset,
    remove: () => startTransition(() => setLaid(null)),
  };
}

export type Overlaying = ReturnType<typeof useOverlay>;
