import type { ComponentProps } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";

interface UtcInputProps extends Omit<ComponentProps<"input">, "value" | "onChange" | "type"> {
  /** "2026-05-04T09:30:00" in UTC, or empty. */
  value: string;
  onChange: (value: string) => void;
}

const local = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium", hour12: false });

/** The same moment on this browser's clock; nothing when that clock shows UTC. */
function onLocalClock(value: string): string | null {
  const moment = new Date(`${value}Z`);
  if (!value || Number.isNaN(moment.getTime()) || moment.getTimezoneOffset() === 0) return null;
  return local.format(moment);
}

/** Date and time in UTC, as logs have them, with the local time below so that nobody mistakes one for the other. */
export function UtcInput({ value, onChange, ...props }: UtcInputProps) {
  const here = onLocalClock(value);
  return (
    <>
      <span className="flex gap-1.5">
        <Input
          {...props}
          type="datetime-local"
          step={1}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          className="min-w-0 flex-1 tabular"
        />
        <Button disabled={props.disabled} onClick={() => onChange(new Date().toISOString().slice(0, 19))} className="px-2">
          Now
        </Button>
      </span>
      {here && <span className="mt-1 block text-xs text-muted">{here} on your clock</span>}
    </>
  );
}
