/** Charts stand still: a bar that grows says nothing, and pictures of pages are taken at once. */
export const STILL = { isAnimationActive: false } as const;
