import { useId } from "react";
import { X } from "lucide-react";
import { TechniquePicker } from "@/components/pickers/technique-picker";

interface TechniqueListProps {
  label: string;
  value: readonly string[];
  onChange: (value: string[]) => void;
  error?: string;
  hint?: string;
}

/** Several techniques: those that are chosen, each with a way to take it off, and a search for one more. */
export function TechniqueList({ label, value, onChange, error, hint }: TechniqueListProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-xs font-medium">
        {label}
      </label>
      {value.length > 0 && (
        <ul aria-label={label} className="mb-1.5 flex flex-wrap gap-1.5">
          {value.map((attackId) => (
            <li key={attackId} className="inline-flex h-6 items-center rounded-sm border border-line-strong/40 bg-surface pl-1.5 font-mono text-xs">
              {attackId}
              <button
                type="button"
                aria-label={`Take off ${attackId}`}
                onClick={() => onChange(value.filter((item) => item !== attackId))}
                className="inline-flex size-6 items-center justify-center text-faint hover:text-fg"
              >
                <X aria-hidden className="size-3" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <TechniquePicker
        id={id}
        label={label}
        value={null}
        without={value}
        invalid={error !== undefined}
        describedBy={error || hint ? `${id}-words` : undefined}
        onChange={(found) => {
          if (found) onChange([...value, found.attackId]);
        }}
      />
      {(error ?? hint) && (
        <p id={`${id}-words`} role={error ? "alert" : undefined} className={error ? "mt-1 text-xs text-danger" : "mt-1 text-xs text-muted"}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}
