import type { QueryClient } from "@tanstack/react-query";
import { authorizedFetch } from "@/api/client";
import { setLive } from "@/api/liveness";

const NAME = "aegis-events";
const GATHER_MS = 250;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** The server sends something every 15 s; after so long the connection is dead. */
const SILENCE_MS = 45_000;

/** What may look different after a change of a kind: first parts of query keys. */
const AFFECTED: Record<string, readonly string[]> = {
  countermeasure: ["d3fend", "heatmap", "techniques", "scores"],
  data_source: ["data-sources", "system", "techniques", "heatmap"],
  environment: ["environments", "heatmap", "metrics", "scores"],
  job_run: ["jobs", "snapshots"],
  notification: ["notifications"],
  rule: ["detection-rules", "heatmap", "techniques", "scores"],
  sync_run: ["data-sources", "system"],
  technique: ["techniques", "heatmap", "metrics", "scores"],
  template: ["test-templates"],
  test: ["tests", "techniques", "heatmap", "metrics", "scores", "findings", "compliance", "threat-actors", "reports"],
  tool: ["tools"],
  user: ["users", "profile"],
};

interface ServerEvent {
  event: string;
  id: string | null;
  data: string;
}

type News = { about: "changes"; kinds: string[] } | { about: "everything" } | { about: "live"; value: boolean } | { about: "hello" };

/** The messages of a server-sent event stream. Null stands for a sign of life. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent | null> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const fields = new Map(block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
        const event = fields.get("event");
        yield event ? { event, id: fields.get("id") ?? null, data: fields.get("data") ?? "{}" } : null;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function kindOf(data: string): string {
  const told: unknown = JSON.parse(data);
  return typeof told === "object" && told !== null && "kind" in told && typeof told.kind === "string" ? told.kind : "";
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const timer = setTimeout(resolve, milliseconds);
    const leave = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener("abort", leave, { once: true });
  });
}

/** Keeps one stream open until told to stop, and passes on what it says. */
async function keepListening(tell: (news: News) => void, signal: AbortSignal): Promise<void> {
  let lastId: string | null = null;
  let pause = FIRST_PAUSE_MS;
  let first = true;
  while (!signal.aborted) {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), SILENCE_MS);
    try {
      const headers: HeadersInit = { Accept: "text/event-stream", ...(lastId ? { "Last-Event-ID": lastId } : {}) };
      const request = new Request(`${window.location.origin}/api/v1/events`, { headers, signal: AbortSignal.any([signal, silence.signal]) });
      const response = await authorizedFetch(request);
      // Somebody signed out, or has too many streams: not a matter of seconds.
      if (!response.ok) pause = LONGEST_PAUSE_MS;
      else if (response.body) {
        for await (const message of readEvents(response.body)) {
          clearTimeout(timer);
          timer = setTimeout(() => silence.abort(), SILENCE_MS);
          if (message === null) continue;
          if (message.event === "end") break;
          pause = FIRST_PAUSE_MS;
          tell({ about: "live", value: true });
          if (message.event === "resync" || (message.event === "ready" && !first && lastId === null)) tell({ about: "everything" });
          else if (message.event === "change") tell({ about: "changes", kinds: [kindOf(message.data)] });
          first = false;
          lastId = message.id ?? lastId;
        }
      }
    } catch {
      // The server or the network is away; polling goes on meanwhile.
    }
    clearTimeout(timer);
    tell({ about: "live", value: false });
    await sleep(pause * (0.75 + Math.random() / 2), signal);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

/**
 * Reads again what the server says has changed. All tabs of a browser share one stream: the tab that holds the lock
 * listens and tells the others. Browsers without locks go on polling.
 */
export function startLive(client: QueryClient, signal: AbortSignal): void {
  if (!("locks" in navigator) || !("BroadcastChannel" in window)) return;
  const channel = new BroadcastChannel(NAME);
  const waiting = new Set<string>();
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let leading = false;
  let live = false;

  const readAgain = () => {
    gathering = undefined;
    const roots = new Set([...waiting].flatMap((kind) => AFFECTED[kind] ?? []));
    waiting.clear();
    for (const root of roots) void client.invalidateQueries({ queryKey: [root] });
  };
  const hear = (news: News) => {
    if (news.about === "live") {
      live = news.value;
      setLive(live);
    } else if (news.about === "everything") void client.invalidateQueries();
    else if (news.about === "hello") {
      if (leading) channel.postMessage({ about: "live", value: live } satisfies News);
    } else {
      for (const kind of news.kinds) waiting.add(kind);
      gathering ??= setTimeout(readAgain, GATHER_MS);
    }
  };
  const tell = (news: News) => {
    hear(news);
    if (!signal.aborted) channel.postMessage(news);
  };

  channel.onmessage = ({ data }: MessageEvent<News>) => hear(data);
  channel.postMessage({ about: "hello" } satisfies News);
  signal.addEventListener("abort", () => {
    clearTimeout(gathering);
    setLive(false);
    channel.close();
  });
  void navigator.locks
    .request(NAME, { signal }, () => {
      leading = true;
      return keepListening(tell, signal);
    })
    .catch(() => undefined);
}
