import type { Me } from "@/api/me";
import type { Template } from "@/api/templates";

export const CUSTOM = "custom";

/** Whether this person may switch the template: technicians their own, leads and administrators any. */
export function maySwitch(me: Me, template: Template): boolean {
  if (!me.permissions.includes("template:edit")) return false;
  return me.role === "admin" || me.role.endsWith("_lead") || template.created_by_id === me.id;
}

/** What a publisher owns is never edited. */
export const mayEdit = (me: Me, template: Template): boolean => template.source === CUSTOM && maySwitch(me, template);
