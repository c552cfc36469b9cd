import type { Preset } from "./preset.ts";

export const bun: Preset = {
  name: "bun",
  description: "A server for Bun",
  conditions: ["bun", "import", "module", "default"],
  builtins: /^(node|bun):/,
  runtime: "bun",
  entry: "await runtime.serveGateway(gateway);",
  file: "index.mjs",
  minify: false,
  start: { runtime: "bun", args: ["run", "index.mjs"] },
  usage: "bun run {folder}/index.mjs",
};
