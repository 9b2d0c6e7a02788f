import { useState } from "react";
import { InlineError } from "@/components/states/inline-error";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";

interface ConflictNoticeProps {
  rebase: (keepTyped: boolean) => Promise<void>;
}

/** Somebody saved in between. Nothing typed is lost before the person says so. */
export function ConflictNotice({ rebase }: ConflictNoticeProps) {
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  async function load(keepTyped: boolean) {
    setPending(true);
    setError(null);
    try {
      await rebase(keepTyped);
    } catch (cause) {
      setError(cause);
      setPending(false);
    }
  }
  return (
    <Notice
      tone="warn"
      alert
      title="Somebody else saved this in the meantime"
      actions={
        <>
          <Button size="sm" variant="primary" pending={pending} onClick={() => void load(true)}>
            Load the newest, keep what I typed
          </Button>
          <Button size="sm" pending={pending} onClick={() => void load(false)}>
            Load the newest, drop mine
          </Button>
        </>
      }
    >
      <p>Nothing of yours is stored yet, and nothing of theirs is overwritten. What you typed is still in the fields.</p>
      <InlineError error={error} />
    </Notice>
  );
}
