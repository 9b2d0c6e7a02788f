import type { TechniqueDetail } from "@/api/techniques";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import type { Overlay } from "@/features/techniques/api";
import { EXPECTATIONS } from "@/features/techniques/lib/words";

interface Decision {
  field: string;
  said: string;
}

function decisionsOf(overlay: Overlay): Decision[] {
  return [
    !overlay.in_scope && { field: "in_scope", said: "Out of scope" },
    overlay.expected !== null && { field: "expected", said: `Expected: ${EXPECTATIONS[overlay.expected].toLowerCase()}` },
    overlay.priority !== null && { field: "priority", said: `Priority ${overlay.priority}` },
    overlay.notes !== null && { field: "notes", said: overlay.notes },
  ].filter((item): item is Decision => item !== false);
}

/** What the organisation decided about the technique, where, why and how long. */
export function DecisionsCard({ technique }: { technique: TechniqueDetail }) {
  const decided = technique.overlays.filter((overlay) => decisionsOf(overlay).length > 0);
  return (
    <Card title="Decisions">
      {decided.length === 0 && <p className="text-sm text-muted">None: in scope, with the expectation of the organisation.</p>}
      <div className="space-y-3">
        {decided.map((overlay) => (
          <section key={overlay.environment_id}>
            <h3 className="text-xs font-medium text-muted">{overlay.environment}</h3>
            <ul className="mt-1 space-y-2 text-sm">
              {decisionsOf(overlay).map(({ field, said }) => (
                <li key={field}>
                  <p className="font-medium">{said}</p>
                  <p className="text-xs break-words text-muted">
                    {overlay.reasons[field]}
                    {overlay.until[field] && (
                      <>
                        {" "}
                        Ends <RelativeTime value={overlay.until[field]} />.
                      </>
                    )}
                  </p>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Card>
  );
}
