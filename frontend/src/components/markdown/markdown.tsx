import ReactMarkdown, { type Components } from "react-markdown";
import { markdownPlugins } from "@/components/markdown/plugins";
import { cn } from "@/lib/cn";

const ALLOWED = ["p", "a", "code", "pre", "em", "strong", "ul", "ol", "li", "blockquote", "h1", "h2", "h3", "h4", "hr", "br", "del", "sup"];
const SAFE_LINK = /^(?:https?:\/\/|mailto:)/i;

const heading = ({ children }: { children?: React.ReactNode }) => <p className="font-semibold">{children}</p>;

const COMPONENTS: Components = {
  // Citations and unsafe targets come through as plain text.
  a: ({ href, children }) =>
    href && SAFE_LINK.test(href) ? (
      <a href={href} target="_blank" rel="noopener noreferrer nofollow" className="link break-words">
        {children}
      </a>
    ) : (
      <>{children}</>
    ),
  sup: ({ children }) => <span className="text-xs text-faint">{children}</span>,
  code: ({ children }) => <code className="rounded-sm bg-sunken px-1 py-0.5 font-mono text-xs break-words">{children}</code>,
  pre: ({ children }) => <pre className="overflow-x-auto rounded-md border bg-sunken p-2 whitespace-pre-wrap">{children}</pre>,
  ul: ({ children }) => <ul className="list-disc space-y-1 pl-5">{children}</ul>,
  ol: ({ children }) => <ol className="list-decimal space-y-1 pl-5">{children}</ol>,
  blockquote: ({ children }) => <blockquote className="border-l-2 pl-3 text-muted">{children}</blockquote>,
  h1: heading,
  h2: heading,
  h3: heading,
  h4: heading,
};

/** ATT&CK writes code as tags; everything else in angle brackets stays text. */
function codeTagsToTicks(source: string): string {
  return source.replaceAll(/<code>([\s\S]*?)<\/code>/g, (_, inner: string) => {
    const text = inner.replaceAll(/\s+/g, " ").trim();
    if (!text) return "";
    const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map((run) => run[0].length));
    const ticks = "`".repeat(longest + 1);
    return longest > 0 ? `${ticks} ${text} ${ticks}` : `${ticks}${text}${ticks}`;
  });
}

/** The one renderer of Markdown, ours and theirs: an allow-list, no raw HTML, no images, safe links only. */
export function Markdown({ children, className }: { children: string; className?: string }) {
  return (
    <div className={cn("max-w-prose space-y-2.5 text-sm break-words", className)}>
      <ReactMarkdown
        remarkPlugins={markdownPlugins}
        allowedElements={ALLOWED}
        unwrapDisallowed
        urlTransform={(url) => (SAFE_LINK.test(url) ? url : "")}
        components={COMPONENTS}
      >
        {codeTagsToTicks(children)}
      </ReactMarkdown>
    </div>
  );
}
