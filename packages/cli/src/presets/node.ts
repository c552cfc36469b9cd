import type { Preset } from "./preset.ts";

export const node: Preset = {
  name: "node",
  description: "A server for Node 22.19 and later",
  conditions: ["node", "import", "module", "default"],
  builtins: /^node:/,
  runtime: "node",
  entry: "await runtime.serveGateway(gateway);",
  file: "index.mjs",
  minify: false,
  start: { runtime: "node", args: ["index.mjs"] },
  usage: "node {folder}/index.mjs",
};
