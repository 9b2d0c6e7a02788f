import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, authorizedFetch, unwrap } from "@/api/client";
import { problemToError } from "@/api/errors";
import type { components } from "@/api/schema";
import { testKeys } from "@/api/tests";

export type Evidence = components["schemas"]["EvidenceSummary"];
export type Team = Evidence["team"];

const MOST = 200;
const at = (testId: string, evidenceId: string) => ({ path: { test_id: testId, evidence_id: evidenceId } });

/** All files of a test, every side and round: both sections, the review and past rounds read the same list. */
export const evidenceQuery = (testId: string) =>
  queryOptions({
    queryKey: testKeys.evidence(testId),
    queryFn: () => unwrap(api.GET("/api/v1/tests/{test_id}/evidence", { params: { path: { test_id: testId }, query: { limit: MOST } } })),
  });

/** One file with its chain of custody. */
export const evidenceDetailQuery = (testId: string, evidenceId: string) =>
  queryOptions({
    queryKey: [...testKeys.evidence(testId), evidenceId],
    queryFn: () => unwrap(api.GET("/api/v1/tests/{test_id}/evidence/{evidence_id}", { params: at(testId, evidenceId) })),
  });

export type Preview = { kind: "image"; blob: Blob } | { kind: "text"; text: string };

/** The server's harmless view of a file, fetched with the token because an img element cannot send one. */
export const previewQuery = (testId: string, evidenceId: string) =>
  queryOptions({
    queryKey: [...testKeys.evidence(testId), evidenceId, "preview"],
    queryFn: async ({ signal }): Promise<Preview> => {
      const path = `/api/v1/tests/${encodeURIComponent(testId)}/evidence/${encodeURIComponent(evidenceId)}/preview`;
      const response = await authorizedFetch(new Request(new URL(path, window.location.origin), { signal }));
      if (!response.ok) throw problemToError(response, await response.json().catch(() => null));
      if (response.headers.get("Content-Type")?.startsWith("image/")) return { kind: "image", blob: await response.blob() };
      return { kind: "text", text: await response.text() };
    },
    staleTime: Infinity,
  });

export function useDownload(testId: string) {
  return useMutation({
    mutationFn: (evidenceId: string) =>
      unwrap(api.GET("/api/v1/tests/{test_id}/evidence/{evidence_id}/download", { params: at(testId, evidenceId) })),
  });
}

export function useVerify(testId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (evidenceId: string) =>
      unwrap(api.POST("/api/v1/tests/{test_id}/evidence/{evidence_id}/verify", { params: at(testId, evidenceId) })),
    onSettled: (_answer, _error, evidenceId) => client.invalidateQueries({ queryKey: evidenceDetailQuery(testId, evidenceId).queryKey, exact: true }),
  });
}

export function useWithdraw(testId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, reason }: { id: string; reason: string }) =>
      unwrap(api.POST("/api/v1/tests/{test_id}/evidence/{evidence_id}/withdraw", { params: at(testId, id), body: { reason } })),
    onSuccess: () => client.invalidateQueries({ queryKey: testKeys.one(testId) }),
  });
}
