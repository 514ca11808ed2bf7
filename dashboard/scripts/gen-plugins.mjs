// Writes src/plugins/registry.gen.ts from the folders there, so that adding a plugin is adding a folder.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

const root = new URL("../src/plugins/", import.meta.url);
const names = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/plugin.ts`, root)))
  .map((entry) => entry.name)
  .sort();
const wrong = names.filter((name) => !/^[a-z][a-z0-9-]*$/.test(name));
if (wrong.length > 0) throw new Error(`Names of plugin folders are lower-case with dashes: ${wrong.join(", ")}`);

const lines = [
  "// Made by scripts/gen-plugins.mjs from the folders beside it.",
  'import type { Plugin } from "./types";',
  ...names.map((name, index) => `import plugin${index} from "./${name}/plugin";`),
  "",
  `export const plugins: Plugin[] = [${names.map((name, index) => `plugin${index} satisfies Plugin & { id: "${name}" }`).join(", ")}];`,
  "",
];
const target = new URL("registry.gen.ts", root);
const wanted = lines.join("\n");
if (!existsSync(target) || readFileSync(target, "utf8") !== wanted) writeFileSync(target, wanted);
