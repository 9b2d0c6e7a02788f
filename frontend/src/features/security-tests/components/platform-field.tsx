import { useId } from "react";
import type { UseFormRegisterReturn } from "react-hook-form";
import { Field } from "@/components/form/field";
import { Input } from "@/components/ui/input";

/** ATT&CK's names; the server takes others too, a template may bring its own. */
const PLATFORMS = [
  "Windows", "Linux", "macOS", "Containers", "ESXi", "IaaS", "Identity Provider", "Network Devices", "Office Suite", "PRE", "SaaS", "Android", "iOS",
];

interface PlatformFieldProps {
  control: UseFormRegisterReturn;
  error: string | undefined;
  /** Those of the technique or template first. */
  preferred?: readonly string[];
}

/** The platform as free text with the known names offered. */
export function PlatformField({ control, error, preferred = [] }: PlatformFieldProps) {
  const list = useId();
  const names = [...new Set([...preferred, ...PLATFORMS])];
  return (
    <Field label="Platform" error={error}>
      {(field) => (
        <>
          <Input {...field} {...control} list={list} placeholder="Any" />
          <datalist id={list}>
            {names.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}
