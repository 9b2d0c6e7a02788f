import { useState } from "react";
import { useNavigate } from "react-router";
import { ChevronDown } from "lucide-react";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuSeparator } from "@/components/ui/menu";
import { isOpen, useStartSync, type DataSource } from "@/features/data-sources/api";
import { SettingsDialog } from "@/features/data-sources/components/settings-dialog";
import { StartSyncDialog } from "@/features/data-sources/components/start-sync-dialog";
import { UploadDialog } from "@/features/data-sources/components/upload-dialog";
import { runPath } from "@/features/data-sources/lib/paths";

type Asked = "options" | "preview" | "upload" | "settings";

interface SourceActionsProps {
  source: DataSource;
  /** Quieter, and with the source's name in the buttons' names: one of many. */
  compact?: boolean;
  /** "Sync now" stays here and the progress shows in place; otherwise it leads to the run. */
  follow?: boolean;
}

/** Everything that can be asked of a source: sync now, with options, preview, upload, settings. */
export function SourceActions({ source, compact, follow }: SourceActionsProps) {
  const navigate = useNavigate();
  const [asked, setAsked] = useState<Asked | null>(null);
  const start = useStartSync(source.name);
  const busy = source.last_run !== null && isOpen(source.last_run.status);
  const open = (runId: string) => void navigate(runPath(source.name, runId));
  const close = () => setAsked(null);
  const of = compact ? ` ${source.title}` : "";
  return (
    <div className="flex flex-col items-end gap-1">
      <div className="flex gap-2">
        <Menu
          trigger={
            <Button size={compact ? "sm" : "md"} aria-label={`More${of}`}>
              More
              <ChevronDown aria-hidden className="size-3.5" />
            </Button>
          }
        >
          <MenuItem disabled={busy || !source.enabled} onSelect={() => setAsked("options")}>
            Sync with options…
          </MenuItem>
          <MenuItem disabled={busy || !source.enabled} onSelect={() => setAsked("preview")}>
            Preview a sync…
          </MenuItem>
          <MenuItem disabled={busy} onSelect={() => setAsked("upload")}>
            Upload a file…
          </MenuItem>
          <MenuSeparator />
          <MenuItem onSelect={() => setAsked("settings")}>Settings…</MenuItem>
        </Menu>
        <Button
          size={compact ? "sm" : "md"}
          variant={compact ? "secondary" : "primary"}
          disabled={busy || !source.enabled}
          pending={start.isPending}
          aria-label={`Sync now${of}`}
          onClick={() => start.mutate({}, { onSuccess: (run) => (follow ? open(run.id) : undefined) })}
        >
          Sync now
        </Button>
      </div>
      <InlineError error={start.error} />
      {(asked === "options" || asked === "preview") && <StartSyncDialog source={source} preview={asked === "preview"} onClose={close} onStarted={open} />}
      {asked === "upload" && <UploadDialog source={source} onClose={close} onStarted={open} />}
      {asked === "settings" && <SettingsDialog source={source} onClose={close} />}
    </div>
  );
}
