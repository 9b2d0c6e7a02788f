import type { ColumnDef } from "@tanstack/react-table";
import { Link } from "react-router";
import type { TemplateSummary } from "@/api/templates";
import { AttackIds } from "@/components/status/attack-ids";
import { formatCount } from "@/lib/format";
import { sourceLabel } from "@/lib/sources";
import { plural } from "@/lib/plural";
import { TemplateMarks } from "@/features/catalog/components/template-marks";

export const CATALOG_COLUMNS: ColumnDef<TemplateSummary>[] = [
  {
    id: "name",
    header: "Name",
    meta: { sort: "name", className: "min-w-64 max-w-md" },
    cell: ({ row: { original: template } }) => (
      <span className="flex items-center gap-2">
        <Link to={`/catalog/${template.id}`} title={template.name} className="min-w-0 truncate font-medium hover:underline">
          {template.name}
        </Link>
        <TemplateMarks template={template} />
      </span>
    ),
  },
  { id: "techniques", header: "Techniques", meta: { className: "whitespace-nowrap" }, cell: ({ row }) => <AttackIds ids={row.original.techniques} /> },
  { id: "source", header: "Source", meta: { sort: "source", className: "whitespace-nowrap text-muted" }, cell: ({ row }) => sourceLabel(row.original.source) },
  { id: "platforms", header: "Platforms", meta: { className: "max-w-48 truncate" }, cell: ({ row }) => <span title={row.original.platforms.join(", ")}>{row.original.platforms.join(", ") || "Any"}</span> },
  { id: "executor", header: "Executor", meta: { className: "whitespace-nowrap", cellClassName: "font-mono text-xs text-muted" }, cell: ({ row }) => row.original.executor ?? "–" },
  {
    id: "tests",
    header: "Tests",
    meta: { align: "right", className: "whitespace-nowrap" },
    cell: ({ row: { original: template } }) =>
      template.tests === 0 ? (
        <span className="text-muted">never</span>
      ) : (
        <Link to={`/tests?template=${template.id}`} className="link" aria-label={`${plural(template.tests, "test")} of ${template.name}`}>
          {formatCount(template.tests)}
        </Link>
      ),
  },
];
