import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import type { Snapshot } from "@/features/comparison/api";
import { snapshotLabel } from "@/features/comparison/lib/words";

const DATE = /^\d{4}-\d{2}-\d{2}$/;

interface MomentPickerProps {
  label: string;
  snapshots: readonly Snapshot[];
  /** Id of a snapshot, a day, or "now". */
  value: string;
  onChange: (value: string) => void;
  withNow?: boolean;
}

/** A moment: a snapshot by name, the newest one of a day, or now. */
export function MomentPicker({ label, snapshots, value, onChange, withNow }: MomentPickerProps) {
  const options = [
    ...(withNow ? [{ value: "now", label: "Now" }] : []),
    ...snapshots.map((snapshot) => ({ value: snapshot.id, label: snapshotLabel(snapshot) })),
  ];
  const byDate = DATE.test(value);
  return (
    <div className="flex flex-wrap items-end gap-2">
      <label className="flex flex-col gap-1 text-xs text-muted">
        {label}
        <Select className="w-64!" placeholder={byDate ? "The snapshot of a day" : "Choose a snapshot"} options={options} value={byDate ? "" : value} onChange={(event) => onChange(event.target.value)} />
      </label>
      <label className="flex flex-col gap-1 text-xs text-muted">
        or by day
        <Input type="date" className="w-36" value={byDate ? value : ""} onChange={(event) => onChange(event.target.value)} />
      </label>
    </div>
  );
}
