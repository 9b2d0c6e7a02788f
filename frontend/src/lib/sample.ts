/** ", 48–77 % by this sample": how far a share can be trusted; nothing without a sample. */
export function rangeWords(interval: { low: number; high: number } | null): string {
  if (interval === null) return "";
  return `, ${Math.round(interval.low * 100)}–${Math.round(interval.high * 100)} % by this sample`;
}
