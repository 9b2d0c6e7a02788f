import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { saveFile } from "@/api/save";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import type { HeatmapParams, NavigatorLayer } from "@/features/matrix/api";
import { savePicture } from "@/features/matrix/lib/picture";

const FORMATS = [
  { id: "navigator", label: "ATT&CK Navigator layer", ending: "json" },
  { id: "csv", label: "CSV", ending: "csv" },
  { id: "svg", label: "SVG", ending: "svg" },
  { id: "png", label: "PNG", ending: "png" },
] as const;
type Format = (typeof FORMATS)[number];

/** The matrix as it is filtered, with what is laid over it, as a file. */
export function ExportMenu({ query, laidOver }: { query: HeatmapParams; laidOver: NavigatorLayer | undefined }) {
  const save = useMutation({
    mutationFn: (format: Format) => {
      const path = laidOver ? "/api/v1/heatmap/overlay/export" : "/api/v1/heatmap/export";
      const parts = ["aegis", query.domain ?? "enterprise", query.layer ?? "coverage", query.compare, laidOver && "overlay"];
      const name = `${parts.filter(Boolean).join("-")}.${format.ending}`;
      return format.id === "png" ? savePicture(path, query, name, laidOver) : saveFile(path, { ...query, format: format.id }, name, laidOver);
    },
  });
  return (
    <>
      <InlineError error={save.error} />
      <Menu
        trigger={
          <Button pending={save.isPending}>
            <Download aria-hidden className="size-3.5" /> Export
          </Button>
        }
      >
        {FORMATS.map((format) => (
          <MenuItem key={format.id} onSelect={() => save.mutate(format)}>
            {format.label}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
