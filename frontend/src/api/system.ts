import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

export const systemKeys = { status: ["system", "status"] as const };

/** Version, demo data, default password, ATT&CK release: what the banners say. */
export const systemStatusQuery = () =>
  queryOptions({
    queryKey: systemKeys.status,
    queryFn: () => unwrap(api.GET("/api/v1/system/status")),
    staleTime: 60_000,
  });
