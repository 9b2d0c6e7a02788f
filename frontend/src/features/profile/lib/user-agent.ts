const BROWSERS: [RegExp, string][] = [
  [/Edg\/(\d+)/, "Edge"],
  [/Firefox\/(\d+)/, "Firefox"],
  [/Chrome\/(\d+)/, "Chrome"],
  [/Version\/(\d+).*Safari/, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/Windows/, "Windows"],
  [/iPhone|iPad/, "iOS"],
  [/Mac OS X/, "macOS"],
  [/Android/, "Android"],
  [/Linux/, "Linux"],
];

/** "Chrome 156 on Linux", or the first words of whatever it was. */
export function describeAgent(agent: string | null | undefined): string {
  if (!agent) return "Unknown program";
  const browser = BROWSERS.map(([pattern, name]) => ({ name, version: pattern.exec(agent)?.[1] })).find((hit) => hit.version);
  if (!browser) return agent.slice(0, 40);
  const system = SYSTEMS.find(([pattern]) => pattern.test(agent))?.[1];
  return `${browser.name} ${browser.version ?? ""}${system ? ` on ${system}` : ""}`;
}
