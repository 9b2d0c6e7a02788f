import type { Role } from "@/api/me";

export const ROLE_LABELS: Record<Role, string> = {
  admin: "Administrator",
  red_lead: "Red lead",
  blue_lead: "Blue lead",
  red_tech: "Red technician",
  blue_tech: "Blue technician",
  viewer: "Viewer",
};

export const ROLE_OPTIONS = Object.entries(ROLE_LABELS).map(([value, label]) => ({ value, label }));

/** The side a role belongs to, for the team colours. */
export function roleSide(role: Role): "red" | "blue" | null {
  if (role.startsWith("red_")) return "red";
  return role.startsWith("blue_") ? "blue" : null;
}
