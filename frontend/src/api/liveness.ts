// Whether the server tells this browser what changes. Kept apart from `live.ts`, which is loaded after the first page.
let live = false;

export function setLive(value: boolean): void {
  live = value;
}

/** An interval for `refetchInterval`: asks again and again only while nobody tells us. */
export function pollEvery(milliseconds: number): () => number | false {
  return () => (live ? false : milliseconds);
}
