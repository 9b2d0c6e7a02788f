import type { Permission } from "@/api/me";
import type { TokenCreate } from "@/features/profile/api";

export interface TokenFormValues {
  name: string;
  days: string;
  allowed_addresses: string;
  limited: boolean;
  scopes: Permission[];
}

export const EMPTY_TOKEN: TokenFormValues = { name: "", days: "90", allowed_addresses: "", limited: false, scopes: [] };

/** What a token can be given: all of the person's permissions but voting. */
export function grantable(permissions: readonly Permission[]): Permission[] {
  return permissions.filter((permission) => permission !== "test:vote").sort();
}

export function toTokenCreate(values: TokenFormValues): TokenCreate {
  return {
    name: values.name.trim(),
    expires_in_days: Number(values.days),
    allowed_addresses: values.allowed_addresses.split(/[\s,]+/).filter(Boolean),
    scopes: values.limited ? values.scopes : null,
  };
}
