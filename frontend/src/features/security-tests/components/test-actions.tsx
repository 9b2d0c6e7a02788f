import { useState } from "react";
import { useNavigate } from "react-router";
import { MoreHorizontal } from "lucide-react";
import { useMe } from "@/api/me";
import type { TestDetail } from "@/api/tests";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Menu, MenuItem } from "@/components/ui/menu";
import { toast } from "@/components/ui/toast";
import { useAnnul, useArchive, useDeleteTest, useUnarchive } from "@/features/security-tests/api";
import { ReasonDialog } from "@/components/form/reason-dialog";
import { ReopenDialog } from "@/features/security-tests/components/reopen-dialog";
import { RetestDialog } from "@/features/security-tests/components/retest-dialog";

type Asked = "reopen" | "retest" | "archive" | "unarchive" | "annul" | "delete" | null;

interface TestActionsProps {
  test: TestDetail;
  onStart: () => void;
  starting: boolean;
}

/** The next step as a button, everything rarer behind a menu. What is not allowed is not offered. */
export function TestActions({ test, onStart, starting }: TestActionsProps) {
  const me = useMe();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<Asked>(null);
  const archive = useArchive(test.id);
  const unarchive = useUnarchive(test.id);
  const annul = useAnnul(test.id);
  const remove = useDeleteTest();
  const may = (action: TestDetail["allowed_actions"][number]) => test.allowed_actions.includes(action);
  const close = () => setAsked(null);
  const confirmsAnnulment = test.annulment !== null && test.annulment.requested_by.id !== me.id;
  const rare = [
    { key: "retest" as const, label: "Plan a retest", shown: may("retest") },
    { key: "archive" as const, label: "Archive", shown: may("archive") },
    { key: "annul" as const, label: "Annul the result", shown: may("annul") && !confirmsAnnulment, danger: true },
    { key: "delete" as const, label: "Delete the draft", shown: may("delete"), danger: true },
  ].filter((item) => item.shown);
  return (
    <>
      {may("start") && (
        <Button variant="primary" pending={starting} onClick={onStart}>
          Start the attack
        </Button>
      )}
      {(may("vote_red") || may("vote_blue")) && (
        <Button variant="primary" asChild>
          <a href="#review">Judge the record</a>
        </Button>
      )}
      {may("reopen") && (
        <Button variant="primary" onClick={() => setAsked("reopen")}>
          Open the next round
        </Button>
      )}
      {confirmsAnnulment && may("annul") && (
        <Button variant="danger" onClick={() => setAsked("annul")}>
          Confirm the annulment
        </Button>
      )}
      {may("unarchive") && <Button onClick={() => setAsked("unarchive")}>Take back from the archive</Button>}
      {rare.length > 0 && (
        <Menu
          trigger={
            <Button size="icon" aria-label="More actions">
              <MoreHorizontal aria-hidden className="size-4" />
            </Button>
          }
        >
          {rare.map((item) => (
            <MenuItem key={item.key} danger={item.danger} onSelect={() => setAsked(item.key)}>
              {item.label}
            </MenuItem>
          ))}
        </Menu>
      )}
      {asked === "reopen" && <ReopenDialog test={test} onClose={close} />}
      {asked === "retest" && <RetestDialog test={test} onClose={close} />}
      {asked === "archive" && (
        <ReasonDialog
          title={`Archive ${test.number}`}
          description="It leaves lists of work and every count until a lead takes it back. Nothing is lost."
          label="Reason"
          confirmLabel="Archive"
          onClose={close}
          pending={archive.isPending}
          onConfirm={(reason) => archive.mutateAsync(reason)}
        />
      )}
      {asked === "unarchive" && (
        <ReasonDialog
          title={`Take ${test.number} back`}
          description="It continues in the state in which it was archived."
          label="Reason"
          confirmLabel="Take back"
          onClose={close}
          pending={unarchive.isPending}
          onConfirm={(reason) => unarchive.mutateAsync(reason)}
        />
      )}
      {asked === "annul" && (
        <ReasonDialog
          title={confirmsAnnulment ? `Confirm: annul ${test.number}` : `Annul ${test.number}`}
          description={
            confirmsAnnulment
              ? "You are the second person. The result leaves every measure at once; the test stays readable."
              : "It takes two: both leads, or a lead and an admin. Until the second one confirms, nothing changes."
          }
          label="Reason"
          confirmLabel={confirmsAnnulment ? "Annul" : "Ask for the annulment"}
          danger
          onClose={close}
          pending={annul.isPending}
          onConfirm={(reason) => annul.mutateAsync(reason)}
        />
      )}
      {asked === "delete" && (
        <ConfirmDialog
          open
          onOpenChange={close}
          title={`Delete ${test.number}`}
          confirmLabel="Delete"
          danger
          pending={remove.isPending}
          error={remove.error}
          onConfirm={() =>
            remove.mutate(test.id, {
              onSuccess: () => {
                toast(`${test.number} is deleted.`);
                void navigate("/tests");
              },
            })
          }
        >
          <p>The draft “{test.name}” goes for good. Its number is not given again.</p>
        </ConfirmDialog>
      )}
    </>
  );
}
