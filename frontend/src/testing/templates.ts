import type { Template } from "@/api/templates";
import { adminMe, viewerMe } from "@/testing/render";

export const TEMPLATE_ID = "00000000-0000-4000-8000-000000000500";
export const templateLead = { ...adminMe, id: "00000000-0000-4000-8000-0000000000ee", role: "red_lead" as const, permissions: [...viewerMe.permissions, "template:edit" as const, "test:create" as const] };
export const templateTech = { ...templateLead, role: "red_tech" as const };

export function aTemplate(over: Partial<Template> = {}): Template {
  return {
    id: TEMPLATE_ID,
    name: "Dump LSASS",
    source: "atomic_red_team",
    upstream_id: "atomic:7cede33f",
    platforms: ["Windows"],
    executor: "command_prompt",
    elevation_required: true,
    techniques: ["T1003.001"],
    is_active: true,
    withdrawn_at: null,
    tests: 2,
    description: "Dumps **memory**.",
    procedure: "procdump #{output_file}\n",
    cleanup: "del #{output_file}\n",
    inputs: [{ name: "output_file", description: "Where to", type: "path", default: "C:\\out.dmp" }],
    dependencies: [{ description: "ProcDump must be there", prereq_command: "where procdump", get_prereq_command: "curl it", executor: "powershell" }],
    external_references: ["https://example.org/a", "https://example.org/a", "ftp://example.org"],
    author: "Somebody",
    licence: "MIT",
    url: "https://github.com/redcanaryco/x",
    raw: { name: "Dump LSASS" },
    source_version: "9f85cf3e54b0cbdd6c702375c555273913eff442",
    technique_links: [{ attack_id: "T1003.001", technique: "T1003.001", name: "LSASS Memory", resolution: "exact" }],
    created_by_id: null,
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    version: 4,
    needs_release: false,
    released_at: null,
    held_changes: [],
    ...over,
  };
}
