import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components, paths } from "@/api/schema";

export type User = components["schemas"]["UserOut"];
export type UserCreate = components["schemas"]["UserCreate"];
export type UserUpdate = components["schemas"]["UserUpdate"];
export type RoleChange = components["schemas"]["RoleChangeOut"];
export type OneTimeLink = components["schemas"]["OneTimeLinkOut"];
export type UserListParams = NonNullable<paths["/api/v1/users"]["get"]["parameters"]["query"]>;

export const userKeys = {
  all: ["users"] as const,
  list: (params: UserListParams) => [...userKeys.all, "list", params] as const,
  roleChanges: ["users", "role-changes"] as const,
};

export const usersQuery = (params: UserListParams) =>
  queryOptions({
    queryKey: userKeys.list(params),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/users", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

/** Changes of rights that wait for a second administrator; none where one is enough. */
export const roleChangesQuery = () =>
  queryOptions({
    queryKey: userKeys.roleChanges,
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/users/role-changes", { params: { query: { limit: 200 } }, signal })),
  });

/** Whether a second administrator has to confirm what was asked for. */
const waits = ({ response }: { response: Response }) => ({ waits: response.status === 202 });

function useUserMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: userKeys.all }) });
}

export const useCreateUser = () => useUserMutation((body: UserCreate) => unwrap(api.POST("/api/v1/users", { body })));

export const useUpdateUser = () =>
  useUserMutation(async ({ id, body }: { id: string; body: UserUpdate }) =>
    waits(await api.PATCH("/api/v1/users/{user_id}", { params: { path: { user_id: id } }, body })),
  );

export const useDeactivateUser = () =>
  useUserMutation(async (id: string) => waits(await api.DELETE("/api/v1/users/{user_id}", { params: { path: { user_id: id } } })));

export const useConfirmRoleChange = () =>
  useUserMutation((id: string) => unwrap(api.POST("/api/v1/users/role-changes/{change_id}/confirm", { params: { path: { change_id: id } } })));

export const useDropRoleChange = () =>
  useUserMutation(async (id: string): Promise<void> => {
    await api.DELETE("/api/v1/users/role-changes/{change_id}", { params: { path: { change_id: id } } });
  });

export const useEndSessions = () =>
  useUserMutation(async (id: string) => waits(await api.DELETE("/api/v1/users/{user_id}/sessions", { params: { path: { user_id: id } } })));

export const useResetUser = () =>
  useUserMutation((id: string) => unwrap(api.POST("/api/v1/users/{user_id}/reset", { params: { path: { user_id: id } } })));
