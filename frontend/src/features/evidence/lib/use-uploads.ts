import { useRef, useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { testKeys } from "@/api/tests";
import { uploadFile } from "@/api/upload";
import type { Evidence, Team } from "@/features/evidence/api";

export interface Upload {
  key: number;
  name: string;
  size: number;
  sent: number;
  state: "waiting" | "sending" | "done" | "failed" | "cancelled";
  /** Computed by the server while the file arrived. */
  sha256?: string;
  error?: unknown;
}

interface Job {
  key: number;
  file: File;
  notes: string;
  control: AbortController;
}

const isAbort = (error: unknown) => error instanceof DOMException && error.name === "AbortError";

/** Sends files one after the other, each with its own progress and its own way to stop. */
export function useUploads(testId: string, team: Team) {
  const client = useQueryClient();
  const [uploads, setUploads] = useState<readonly Upload[]>([]);
  const jobs = useRef<Job[]>([]);
  const running = useRef(false);
  const nextKey = useRef(1);

  const change = (key: number, patch: Partial<Upload>) =>
    setUploads((known) => known.map((item) => (item.key === key ? { ...item, ...patch } : item)));

  async function send({ key, file, notes, control }: Job) {
    if (control.signal.aborted) return;
    change(key, { state: "sending" });
    try {
      const stored = await uploadFile<Evidence>(`/api/v1/tests/${encodeURIComponent(testId)}/evidence?team=${team}`, file, {
        signal: control.signal,
        ...(notes && { fields: { notes } }),
        onProgress: (sent, total) => change(key, { sent: total > 0 ? Math.round((sent / total) * file.size) : sent }),
      });
      change(key, { state: "done", sent: file.size, sha256: stored.sha256 });
      await client.invalidateQueries({ queryKey: testKeys.one(testId) });
    } catch (error) {
      change(key, isAbort(error) ? { state: "cancelled" } : { state: "failed", error });
    }
  }
  async function run() {
    if (running.current) return;
    running.current = true;
    for (let job = jobs.current.shift(); job; job = jobs.current.shift()) await send(job);
    running.current = false;
  }
  const controls = useRef(new Map<number, AbortController>());

  return {
    uploads,
    add: (files: readonly File[], notes: string) => {
      const fresh = files.map((file) => ({ key: nextKey.current++, file, notes, control: new AbortController() }));
      for (const job of fresh) controls.current.set(job.key, job.control);
      jobs.current.push(...fresh);
      setUploads((known) => [...known, ...fresh.map(({ key, file }) => ({ key, name: file.name, size: file.size, sent: 0, state: "waiting" as const }))]);
      void run();
    },
    cancel: (key: number) => {
      controls.current.get(key)?.abort();
      jobs.current = jobs.current.filter((job) => job.key !== key);
      setUploads((known) => known.map((item) => (item.key === key && item.state === "waiting" ? { ...item, state: "cancelled" } : item)));
    },
    dismiss: (key: number) => setUploads((known) => known.filter((item) => item.key !== key)),
  };
}
