import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { LoadingState } from "@/components/states/loading-state";
import { QueryView } from "@/components/states/query-view";
import { DetectionBadge } from "@/components/status/state-badge";
import { Input } from "@/components/ui/input";
import { missesToPickQuery } from "@/features/findings/api";
import { useDebounced } from "@/hooks/use-debounced";
import { plural } from "@/lib/plural";

interface ResultsPickerProps {
  /** Ids of the tests that are chosen. */
  value: readonly string[];
  onChange: (value: string[]) => void;
  /** Tests that are there already: not offered again. */
  without?: readonly string[];
  error?: string;
}

/** Confirmed results below expectation, to tick. */
export function ResultsPicker({ value, onChange, without = [], error }: ResultsPickerProps) {
  const [typed, setTyped] = useState("");
  const found = useQuery(missesToPickQuery(useDebounced(typed.trim())));
  return (
    <fieldset>
      <legend className="mb-1 text-xs font-medium">
        Results below expectation <span className="font-normal text-muted">(required)</span>
      </legend>
      <Input type="search" aria-label="Search results" placeholder="Number, name or technique" value={typed} onChange={(event) => setTyped(event.target.value)} />
      <div className="mt-1.5 max-h-56 overflow-y-auto rounded-md border" tabIndex={0} role="region" aria-label="Results to choose from" aria-busy={found.isFetching}>
        <QueryView query={found} what="The results" loading={<LoadingState lines={4} />}>
          {(tests) => {
            const offered = tests.filter((test) => !without.includes(test.id));
            if (offered.length === 0) return <p className="px-3 py-2 text-sm text-muted">{typed ? "No result below expectation matches." : "No confirmed result lies below its expectation."}</p>;
            return (
              <ul>
                {offered.map((test) => (
                  <li key={test.id} className="border-b last:border-b-0">
                    <label className="flex min-h-8 cursor-pointer items-center gap-2 px-3 py-1 text-sm hover:bg-hover">
                      <input
                        type="checkbox"
                        className="size-4 shrink-0 accent-accent"
                        checked={value.includes(test.id)}
                        onChange={(event) => onChange(event.target.checked ? [...value, test.id] : value.filter((id) => id !== test.id))}
                      />
                      <span className="min-w-0 flex-1">
                        <span className="font-mono text-xs text-muted">{test.number}</span> {test.name}
                        <span className="block text-xs text-muted">{[test.technique?.attack_id, test.environment.name, test.platform].filter(Boolean).join(" · ")}</span>
                      </span>
                      <DetectionBadge detection={test.detection} />
                    </label>
                  </li>
                ))}
              </ul>
            );
          }}
        </QueryView>
      </div>
      <p role={error ? "alert" : undefined} className={error ? "mt-1 text-xs text-danger" : "mt-1 text-xs text-muted"}>
        {error ?? `${plural(value.length, "result")} chosen. They leave the finding that they showed until now.`}
      </p>
    </fieldset>
  );
}
