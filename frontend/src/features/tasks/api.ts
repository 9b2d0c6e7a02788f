import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { testKeys, testsQuery } from "@/api/tests";

/** Everything whose next step is the asker's, longest waiting first. */
export const tasksQuery = () => testsQuery({ waiting_for: "me", sort: "state_since", limit: 200 });

export function useStartTest() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.POST("/api/v1/tests/{test_id}/start", { params: { path: { test_id: id } } })),
    onSuccess: async (test) => {
      client.setQueryData(testKeys.detail(test.id), test);
      await client.invalidateQueries({ queryKey: testKeys.lists() });
    },
  });
}
