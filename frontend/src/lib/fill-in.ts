/** A template's text with its inputs filled in, as the server does it; an unknown name stays as it stands. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/#\{\s*([A-Za-z0-9_.-]+)\s*\}/g, (whole, name: string) => values[name] ?? whole);
}
