import { SideTag } from "@/components/status/side-tag";
import type { Role } from "@/api/me";
import { ROLE_LABELS, roleSide } from "@/lib/roles";

/** A role in words; the team roles carry their side's mark. */
export function RoleTag({ role }: { role: Role }) {
  const side = roleSide(role);
  return side ? <SideTag side={side}>{ROLE_LABELS[role]}</SideTag> : <span>{ROLE_LABELS[role]}</span>;
}
