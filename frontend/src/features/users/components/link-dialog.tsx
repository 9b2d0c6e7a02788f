import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { OnceShown } from "@/components/ui/once-shown";
import { RelativeTime } from "@/components/ui/relative-time";
import type { OneTimeLink } from "@/features/users/api";

interface LinkDialogProps {
  username: string;
  link: OneTimeLink | null;
  onClose: () => void;
}

/** The server knows the path; under which name people reach it, this browser knows. */
function addressOf(link: OneTimeLink): string {
  return new URL(link.path, window.location.origin).href;
}

export function LinkDialog({ username, link, onClose }: LinkDialogProps) {
  return (
    <Dialog
      open={link !== null}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Link for ${username}`}
      footer={
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      {link && (
        <div className="space-y-3 text-sm">
          <OnceShown label="link" value={addressOf(link)}>
            Give this link to {username}. It sets a password once and is not shown again.
          </OnceShown>
          <p className="text-muted">
            It ends <RelativeTime value={link.expires_at} />.
          </p>
        </div>
      )}
    </Dialog>
  );
}
