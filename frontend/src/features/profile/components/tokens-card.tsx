import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { EmptyState } from "@/components/states/empty-state";
import { QueryView } from "@/components/states/query-view";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { RelativeTime } from "@/components/ui/relative-time";
import { toast } from "@/components/ui/toast";
import { tokensQuery, useRevokeToken, type AccessToken } from "@/features/profile/api";
import { CreateTokenDialog } from "@/features/profile/components/create-token-dialog";

function TokenRow({ token, onRevoke }: { token: AccessToken; onRevoke: () => void }) {
  const ended = token.revoked_at !== null;
  return (
    <li className="flex items-center justify-between gap-4 py-2.5">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2 text-sm">
          {token.name}
          <span className="font-mono text-xs text-muted">…{token.hint}</span>
          {ended && <Badge>Revoked</Badge>}
        </p>
        <p className="text-xs text-muted">
          {token.scopes ? token.scopes.join(", ") : "All your permissions but voting"}; ends <RelativeTime value={token.expires_at} />;{" "}
          {token.last_used_at ? (
            <>
              used <RelativeTime value={token.last_used_at} /> from <span className="font-mono">{token.last_used_address}</span>
            </>
          ) : (
            "never used"
          )}
        </p>
      </div>
      {!ended && (
        <Button size="sm" onClick={onRevoke}>
          Revoke<span className="sr-only"> {token.name}</span>
        </Button>
      )}
    </li>
  );
}

export function TokensCard() {
  const tokens = useQuery(tokensQuery());
  const revoke = useRevokeToken();
  const [creating, setCreating] = useState(false);
  const [asking, setAsking] = useState<AccessToken | null>(null);
  return (
    <Card title="Access tokens" description="For scripts that use the API in your name." actions={<Button onClick={() => setCreating(true)}>New token</Button>}>
      <QueryView
        query={tokens}
        what="Your tokens"
        isEmpty={(page) => page.items.length === 0}
        empty={<EmptyState title="No tokens">Make one when a script is to use the API.</EmptyState>}
      >
        {(page) => (
          <ul className="-my-2 divide-y">
            {page.items.map((token) => (
              <TokenRow
                key={token.id}
                token={token}
                onRevoke={() => {
                  revoke.reset();
                  setAsking(token);
                }}
              />
            ))}
          </ul>
        )}
      </QueryView>
      {creating && <CreateTokenDialog onClose={() => setCreating(false)} />}
      {asking && (
        <ConfirmDialog
          open
          onOpenChange={() => setAsking(null)}
          title={`Revoke ${asking.name}`}
          confirmLabel="Revoke"
          danger
          pending={revoke.isPending}
          error={revoke.error}
          onConfirm={() =>
            revoke.mutate(asking.id, {
              onSuccess: () => {
                setAsking(null);
                toast("The token is revoked.");
              },
            })
          }
        >
          <p>Scripts that use it are refused at once. This cannot be undone.</p>
        </ConfirmDialog>
      )}
    </Card>
  );
}
