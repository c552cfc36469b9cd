import type { Preset } from "./preset.ts";

export const deno: Preset = {
  name: "deno",
  description: "A server for Deno",
  conditions: ["deno", "import", "module", "default"],
  builtins: /^node:/,
  runtime: "deno",
  entry: "await runtime.serveGateway(gateway);",
  file: "index.mjs",
  minify: false,
  start: { runtime: "deno", args: ["run", "--allow-net", "--allow-env", "--no-remote", "--no-config", "index.mjs"] },
  usage: "deno run --allow-net --allow-env {folder}/index.mjs",
};
