import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";

export type Me = components["schemas"]["Me"];
export type Permission = Me["permissions"][number];
export type Role = Me["role"];

export const meKey = ["me"] as const;

/** The signed-in person with permissions; loaded by the frame before any page shows. */
export const meQuery = () =>
  queryOptions({ queryKey: meKey, queryFn: () => unwrap(api.GET("/api/v1/auth/me")), staleTime: 60_000 });

/** The signed-in person. Only for what stands inside the frame, where it is always known. */
export function useMe(): Me {
  const { data } = useQuery(meQuery());
  if (!data) throw new Error("useMe() outside the signed-in frame");
  return data;
}

/** Whether the signed-in person holds a permission such as `test:vote`. */
export function useCan(permission: Permission): boolean {
  return useMe().permissions.includes(permission);
}
