import type { Template } from "@/api/templates";

/** The values that whoever makes a test of it fills in. */
export function InputsTable({ inputs }: { inputs: Template["inputs"] }) {
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Inputs">
      <table className="w-full text-sm">
        <caption className="sr-only">Inputs</caption>
        <thead>
          <tr className="border-b text-left">
            {["Name", "Type", "Default", "Meaning"].map((label) => (
              <th key={label} scope="col" className="label-caps h-8 px-4">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {inputs.map((input) => (
            <tr key={input.name} className="border-b align-top last:border-b-0">
              <th scope="row" className="px-4 py-1.5 text-left font-mono text-xs font-normal">
                {input.name}
              </th>
              <td className="px-4 py-1.5 text-muted">{input.type}</td>
              <td className="max-w-64 px-4 py-1.5 font-mono text-xs break-all">{input.default ?? <span className="font-sans text-sm text-muted">none</span>}</td>
              <td className="min-w-40 px-4 py-1.5">{input.description || "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
