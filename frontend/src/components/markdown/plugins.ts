import type { ComponentProps } from "react";
import type ReactMarkdown from "react-markdown";

type Plugins = NonNullable<ComponentProps<typeof ReactMarkdown>["remarkPlugins"]>;

interface TextNode {
  type: "text";
  value: string;
}
interface SupNode {
  type: "citation";
  data: { hName: "sup" };
  children: TextNode[];
}
interface ParentNode {
  type: string;
  children?: (ParentNode | TextNode | SupNode)[];
}

const CITATION = /\(Citation: ([^)]+)\)/g;

function isText(node: ParentNode | TextNode | SupNode): node is TextNode {
  return node.type === "text" && "value" in node;
}

/** Turns `(Citation: x)` inside text into a quiet mark. */
function splitCitations(node: TextNode): (TextNode | SupNode)[] {
  const parts: (TextNode | SupNode)[] = [];
  let end = 0;
  for (const match of node.value.matchAll(CITATION)) {
    if (match.index > end) parts.push({ type: "text", value: node.value.slice(end, match.index) });
    parts.push({ type: "citation", data: { hName: "sup" }, children: [{ type: "text", value: ` [${match[1] ?? ""}]` }] });
    end = match.index + match[0].length;
  }
  if (end < node.value.length) parts.push({ type: "text", value: node.value.slice(end) });
  return parts;
}

function quietCitations() {
  const visit = (node: ParentNode) => {
    node.children = node.children?.flatMap((child): (ParentNode | TextNode | SupNode)[] => {
      if (isText(child)) return splitCitations(child);
      visit(child);
      return [child];
    });
  };
  return visit;
}

interface ParserData {
  micromarkExtensions?: unknown[];
}

/** Takes HTML out of the grammar, so that `<username>` is the text it was meant to be. */
function noHtml(this: { data: () => ParserData }) {
  const data = this.data();
  data.micromarkExtensions = [...(data.micromarkExtensions ?? []), { disable: { null: ["htmlFlow", "htmlText"] } }];
}

export const markdownPlugins = [noHtml, quietCitations] as unknown as Plugins;
