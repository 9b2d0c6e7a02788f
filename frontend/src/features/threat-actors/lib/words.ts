
/** "energy, transport" as the server wants it. */
export function splitWords(text: string): string[] {
  return [...new Set(text.split(",").map((word) => word.trim()))].filter(Boolean);
}
