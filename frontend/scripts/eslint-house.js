// House rules: imports point one way (app → features → shared, features never at each other) and colours come from tokens.
import path from "node:path";

const SHARED = new Set(["components", "lib", "hooks", "api", "config", "testing", "styles"]);

function zoneOf(file) {
  const parts = file.split(path.sep);
  const at = parts.lastIndexOf("src");
  if (at < 0) return null;
  const [top, name] = parts.slice(at + 1);
  if (top === "app" || top === "main.tsx") return { kind: "app" };
  if (top === "features") return { kind: "feature", name };
  return SHARED.has(top) ? { kind: "shared", name: top } : { kind: "app" };
}

function targetZone(file, source) {
  if (source.startsWith("@/")) return zoneOf(path.join("src", source.slice(2)));
  if (source.startsWith(".")) return zoneOf(path.resolve(path.dirname(file), source));
  return null;
}

const importDirection = {
  meta: { type: "problem", messages: { wrong: "{{from}} may not import {{to}}: imports go app → features → shared." }, schema: [] },
  create(context) {
    const from = zoneOf(context.filename);
    const check = (node) => {
      if (!from || typeof node.source?.value !== "string") return;
      const to = targetZone(context.filename, node.source.value);
      if (!to || from.kind === "app" || to.kind === "shared") return;
      if (from.kind === "feature" && to.kind === "feature" && from.name === to.name) return;
      // The test kit mounts whole pages and may reach the providers of app.
      if (from.kind === "shared" && from.name === "testing") return;
      context.report({ node, messageId: "wrong", data: { from: from.name ?? from.kind, to: to.name ?? to.kind } });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check };
  },
};

const COLOUR = /#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\b(?![-\w])|\b(?:rgba?|hsla?|oklch)\(/i;
const PALETTE = /\b(?:bg|text|border|ring|fill|stroke|outline|from|to|via|divide|decoration)-(?:slate|gray|zinc|neutral|stone|red|orange|amber|yellow|lime|green|emerald|teal|cyan|sky|blue|indigo|violet|purple|fuchsia|pink|rose)-\d{2,3}\b/;

const noRawColour = {
  meta: { type: "problem", messages: { raw: "Colours come from the theme tokens in src/styles/tokens.css, not from '{{value}}'." }, schema: [] },
  create(context) {
    const check = (node, text) => {
      const hit = COLOUR.exec(text) ?? PALETTE.exec(text);
      if (hit) context.report({ node, messageId: "raw", data: { value: hit[0] } });
    };
    return {
      Literal: (node) => typeof node.value === "string" && check(node, node.value),
      TemplateElement: (node) => check(node, node.value.raw),
    };
  },
};

export const house = { rules: { "import-direction": importDirection, "no-raw-colour": noRawColour } };
