import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components, paths } from "@/api/schema";

export type User = components["schemas"]["UserOut"];
export type UserCreate = components["schemas"]["UserCreate"];
export type UserUpdate = components["schemas"]["UserUpdate"];
export type OneTimeLink = components["schemas"]["OneTimeLinkOut"];
export type UserListParams = NonNullable<paths["/api/v1/users"]["get"]["parameters"]["query"]>;

export const userKeys = {
  all: ["users"] as const,
  list: (params: UserListParams) => [...userKeys.all, "list", params] as const,
};

export const usersQuery = (params: UserListParams) =>
  queryOptions({
    queryKey: userKeys.list(params),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/users", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

function useUserMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: userKeys.all }) });
}

export const useCreateUser = () => useUserMutation((body: UserCreate) => unwrap(api.POST("/api/v1/users", { body })));

export const useUpdateUser = () =>
  useUserMutation(({ id, body }: { id: string; body: UserUpdate }) =>
    unwrap(api.PATCH("/api/v1/users/{user_id}", { params: { path: { user_id: id } }, body })),
  );

export const useDeactivateUser = () =>
  useUserMutation(async (id: string): Promise<void> => {
    await api.DELETE("/api/v1/users/{user_id}", { params: { path: { user_id: id } } });
  });

export const useResetUser = () =>
  useUserMutation((id: string) => unwrap(api.POST("/api/v1/users/{user_id}/reset", { params: { path: { user_id: id } } })));
