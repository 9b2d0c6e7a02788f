import { useRef } from "react";
import { Layers } from "lucide-react";
import { Button } from "@/components/ui/button";
import type { Overlaying } from "@/features/matrix/lib/use-overlay";

/** Takes the file of a layer. */
export function OverlayButton({ overlaying }: { overlaying: Overlaying }) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button
        pending={overlaying.busy}
        title="Lay a layer of ATT&CK Navigator over the matrix: choose its JSON file, or drop it on the page. Nothing is stored."
        onClick={() => picker.current?.click()}
      >
        <Layers aria-hidden className="size-3.5" /> Import layer
      </Button>
      <input
        ref={picker}
        type="file"
        accept=".json,application/json"
        hidden
        data-testid="layer-file"
        onChange={(event) => {
          overlaying.take(event.target.files?.[0]);
          event.target.value = "";
        }}
      />
    </>
  );
}
