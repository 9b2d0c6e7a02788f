import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";
import { house } from "./scripts/eslint-house.js";

export default tseslint.config(
  { ignores: ["dist", "src/api/schema.d.ts", "node_modules", "public/theme.js"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [...tseslint.configs.strictTypeChecked, reactHooks.configs.flat.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { house },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { prefer: "type-imports" }],
      // Numbers in templates are formatted on purpose; objects stay forbidden.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // React event props take a void function; an async handler there is the usual form.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: true }],
      "max-lines": ["error", { max: 400, skipBlankLines: false, skipComments: false }],
      "no-restricted-syntax": [
        "error",
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "Raw HTML is never rendered; use <Markdown>." },
        { selector: "MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML)$/]", message: "Raw HTML is never written." },
        { selector: "CallExpression[callee.property.name='insertAdjacentHTML']", message: "Raw HTML is never written." },
        { selector: "MemberExpression[object.name='document'][property.name='write']", message: "Raw HTML is never written." },
      ],
      "house/import-direction": "error",
    },
  },
  {
    files: ["**/*.tsx"],
    rules: { "max-lines": ["error", { max: 250, skipBlankLines: false, skipComments: false }], "house/no-raw-colour": "error" },
  },
  {
    files: ["src/**/*.test.{ts,tsx}", "src/testing/**"],
    rules: { "max-lines": ["error", 400], "@typescript-eslint/no-non-null-assertion": "off" },
  },
  { files: ["*.js", "scripts/**"], languageOptions: { globals: { console: "readonly", process: "readonly", URL: "readonly" } } },
);
