import { useState, type DragEvent, type ReactNode } from "react";
import { cn } from "@/lib/cn";

const holdsFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes("Files");

/** The whole page takes a file that is dropped on it. Who has no mouse uses the button. */
export function OverlayDrop({ onFile, children }: { onFile: (file: File | undefined) => void; children: ReactNode }) {
  const [over, setOver] = useState(false);
  return (
    <div
      onDragOver={(event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))) setOver(false);
      }}
      onDrop={(event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        setOver(false);
        onFile(event.dataTransfer.files[0]);
      }}
      className={cn("flex min-h-full flex-col lg:h-full", over && "rounded-lg outline-2 outline-offset-4 outline-accent outline-dashed")}
    >
      {children}
    </div>
  );
}
