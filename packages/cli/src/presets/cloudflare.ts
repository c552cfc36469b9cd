import type { BuiltProject, Preset } from "./preset.ts";

const compatibilityDate = "2026-10-01";
/** Without the flag a worker is not told that its client has left, and the upstream would go on. */
const compatibilityFlags = ["enable_request_signal"];

export const cloudflare: Preset = {
  name: "cloudflare",
  description: "A module worker, for Cloudflare or workerd",
  conditions: ["workerd", "worker", "import", "module", "default"],
  builtins: /^cloudflare:/,
  runtime: "cloudflare",
  entry: "export default runtime.toWorker(gateway);",
  file: "index.mjs",
  minify: true,
  start: { runtime: "workerd", args: ["serve", "config.capnp", "--socket-addr", "http={host}:{port}"] },
  files: (built) => ({ "wrangler.toml": wrangler(built), "config.capnp": capnp(built) }),
  usage: "npx workerd serve {folder}/config.capnp   (or: npx wrangler deploy -c {folder}/wrangler.toml)",
};

function wrangler({ name, entry, variables }: BuiltProject): string {
  return [
    `name = ${JSON.stringify(workerName(name))}`,
    `main = ${JSON.stringify(entry)}`,
    `compatibility_date = ${JSON.stringify(compatibilityDate)}`,
    `compatibility_flags = ${JSON.stringify(compatibilityFlags)}`,
    "no_bundle = true",
    "",
    "# Keys are secrets, never variables of this file:",
    ...variables.map((variable) => `#   npx wrangler secret put ${variable}`),
    "",
  ].join("\n");
}

function capnp({ entry, variables, baseURLs }: BuiltProject): string {
  // Public addresses alone, unless a channel of the config is at a private one.
  const reach = baseURLs.some(isPrivate) ? `["public", "private"]` : `["public"]`;
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "gateway", worker = .gateway),
    (name = "internet", network = (allow = ${reach}, tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:4000", http = (), service = "gateway")],
);

const gateway :Workerd.Worker = (
  modules = [(name = "gateway", esModule = embed ${JSON.stringify(entry)})],
  compatibilityDate = ${JSON.stringify(compatibilityDate)},
  compatibilityFlags = ${JSON.stringify(compatibilityFlags)},
  bindings = [${variables.map((variable) => `\n    (name = "${variable}", fromEnvironment = "${variable}"),`).join("")}
  ],
);
`;
}

function isPrivate(baseURL: string): boolean {
  const host = URL.canParse(baseURL) ? new URL(baseURL).hostname : "";
  return /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[::1\]|\[f[cd])/.test(host);
}

function workerName(name: string): string {
  return (
    name
      .replace(/^@[^/]+\//, "")
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, "-")
      .replaceAll(/^-+|-+$/g, "") || "gateway"
  );
}
