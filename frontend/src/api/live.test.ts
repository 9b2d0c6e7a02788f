import { QueryClient } from "@tanstack/react-query";
import { http, HttpResponse } from "msw";
import { afterEach, expect, test, vi } from "vitest";
import { readEvents, startLive } from "@/api/live";
import { pollEvery } from "@/api/liveness";
import { server } from "@/testing/server";

function bytes(...parts: string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(encoder.encode(part));
      controller.close();
    },
  });
}

afterEach(() => {
  Reflect.deleteProperty(navigator, "locks");
});

test("reads messages whatever the pieces in which they arrive", async () => {
  const seen = [];
  for await (const message of readEvents(bytes("retry: 3000\n\nevent: rea", "dy\nid: a1\nda", "ta: {}\n\n: beat\n\n"))) seen.push(message);
  expect(seen).toEqual([null, { event: "ready", id: "a1", data: "{}" }, null]);
});

test("reads again what a change affects, goes on after the last message, and polls while nobody tells", async () => {
  const asked: (string | null)[] = [];
  server.use(
    http.get("http://localhost:3000/api/v1/events", ({ request }) => {
      asked.push(request.headers.get("Last-Event-ID"));
      const first = 'event: ready\nid: a1\ndata: {}\n\nevent: change\nid: a2\ndata: {"kind":"notification","id":null}\n\nevent: end\ndata: {"reason":"unavailable"}\n\n';
      const again = "event: resync\nid: b1\ndata: {}\n\n";
      const held = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(again)) });
      return new HttpResponse(asked.length === 1 ? bytes(first) : held, { headers: { "Content-Type": "text/event-stream" } });
    }),
  );
  Object.defineProperty(navigator, "locks", {
    configurable: true,
    value: { request: (_name: string, _options: object, work: () => Promise<void>) => work() },
  });
  const client = new QueryClient();
  const invalidated = vi.spyOn(client, "invalidateQueries");
  const stop = new AbortController();
  const poll = pollEvery(30_000);
  expect(poll()).toBe(30_000);
  startLive(client, stop.signal);
  await vi.waitFor(() => expect(invalidated).toHaveBeenCalledWith({ queryKey: ["notifications"] }), 5_000);
  await vi.waitFor(() => expect(invalidated).toHaveBeenCalledWith(), 5_000);
  expect(asked).toEqual([null, "a2"]);
  expect(poll()).toBe(false);
  stop.abort();
  expect(poll()).toBe(30_000);
});
