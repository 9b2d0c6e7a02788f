import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { pollEvery } from "@/api/liveness";
import type { components } from "@/api/schema";

export type Notification = components["schemas"]["NotificationOutput"];

const notificationKeys = { all: ["notifications"] as const };
const SHOWN = 20;

/** The newest notifications; asked for again every 30 s while the server does not tell us. */
export const notificationsQuery = (unread: boolean) =>
  queryOptions({
    queryKey: [...notificationKeys.all, { unread }],
    queryFn: () => unwrap(api.GET("/api/v1/notifications", { params: { query: { limit: SHOWN, ...(unread ? { unread: true } : {}) } } })),
    refetchInterval: pollEvery(30_000),
  });

export function useMarkRead() {
  const client = useQueryClient();
  return useMutation({
    /** One notification by id, or all of them with null. */
    mutationFn: async (id: string | null): Promise<void> => {
      if (id === null) await api.POST("/api/v1/notifications/read-all");
      else await api.POST("/api/v1/notifications/{notification_id}/read", { params: { path: { notification_id: id } } });
    },
    onSettled: () => client.invalidateQueries({ queryKey: notificationKeys.all }),
  });
}
