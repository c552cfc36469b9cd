import type { Preset } from "./preset.ts";

export const standard: Preset = {
  name: "standard",
  description: "A module with fetch(request), for any host of web standards",
  conditions: ["import", "module", "default"],
  builtins: null,
  runtime: "standard",
  entry: "export default runtime.toFetchApp(gateway);",
  file: "index.mjs",
  minify: false,
  start: null,
  usage: 'import gateway from "{folder}/index.mjs"',
};
