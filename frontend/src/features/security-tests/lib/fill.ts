/** Templates by how well they fit: platform first, then what was never tried, then the name. */
export function rankTemplates<T extends { platforms: string[]; tests: number; name: string }>(templates: readonly T[], platform: string): T[] {
  const fits = (item: T) => (platform === "" || item.platforms.length === 0 || item.platforms.includes(platform) ? 0 : 1);
  const tried = (item: T) => (item.tests === 0 ? 0 : 1);
  return [...templates].sort((a, b) => fits(a) - fits(b) || tried(a) - tried(b) || a.name.localeCompare(b.name));
}
