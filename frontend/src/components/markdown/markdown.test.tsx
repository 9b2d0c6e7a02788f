import { render } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { Markdown } from "@/components/markdown/markdown";

function html(source: string): string {
  return render(<Markdown>{source}</Markdown>).container.textContent;
}

describe("markdown", () => {
  it("keeps placeholders and markup as text", () => {
    const { container } = render(<Markdown>{'Run as <username> in <script>alert(1)</script>.\n\n<img src=x onerror="alert(1)">'}</Markdown>);
    expect(container.querySelector("script, img")).toBeNull();
    expect(container.textContent).toContain("Run as <username> in <script>alert(1)</script>.");
    expect(container.textContent).toContain('<img src=x onerror="alert(1)">');
  });

  it("shows code tags as code", () => {
    const { container } = render(<Markdown>{"Use <code>net user <name> /add</code> and <code>a `b`</code>."}</Markdown>);
    expect([...container.querySelectorAll("code")].map((code) => code.textContent)).toEqual(["net user <name> /add", "a `b`"]);
  });

  it("links only to safe targets, in a new window that knows nothing of ours", () => {
    const { container } = render(<Markdown>{"[a](https://a.example) [b](javascript:alert(1)) [c](data:text/html,x) [d](mailto:d@e.example) ![e](https://e.example/e.png)"}</Markdown>);
    const links = [...container.querySelectorAll("a")];
    expect(links.map((link) => link.getAttribute("href"))).toEqual(["https://a.example", "mailto:d@e.example"]);
    expect(links.map((link) => link.rel)).toEqual(["noopener noreferrer nofollow", "noopener noreferrer nofollow"]);
    expect(container.querySelector("img")).toBeNull();
    expect(container.textContent).toContain("b c d");
  });

  it("sets citations quietly", () => {
    expect(html("Seen in the wild.(Citation: Some Report 2020) More.")).toBe("Seen in the wild. [Some Report 2020] More.");
  });
});
