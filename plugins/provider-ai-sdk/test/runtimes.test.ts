import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventFrame, signatureProblem } from "./_aws.ts";
import { reply, startVendor, status, stream, type Vendor } from "./_vendor.ts";

const root = join(import.meta.dirname, "../../..");
const bin = (name: string) => join(root, "node_modules/.bin", name);
const file = (name: string) => join(import.meta.dirname, name);
let vendor: Vendor;
let gone: Vendor;

beforeAll(async () => {
  vendor = await startVendor();
  gone = await startVendor();
  await gone.close();
});
afterAll(() => vendor.close());

const thinking = [
  eventFrame("messageStart", { role: "assistant" }),
  eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { reasoningContent: { text: "Hm." } } }),
  eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { reasoningContent: { signature: "Ep+/==" } } }),
  eventFrame("contentBlockStop", { contentBlockIndex: 0 }),
  eventFrame("contentBlockDelta", { contentBlockIndex: 1, delta: { text: "Hi ✓" } }),
  eventFrame("contentBlockStop", { contentBlockIndex: 1 }),
  eventFrame("messageStop", { stopReason: "end_turn" }),
  eventFrame("metadata", { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 } }),
];
const frames = "application/vnd.amazon.eventstream";

test.each([
  { runtime: "node", run: asScript(process.execPath) },
  { runtime: "bun", run: asScript(bin("bun"), "run") },
  { runtime: "deno", run: asScript(nativeDeno(), "run", "-A", "--no-remote") },
  { runtime: "workerd", run: asWorker },
])(
  "packages are bridged on $runtime",
  async ({ runtime, run }) => {
    vendor.script(
      stream(frames, thinking),
      status(429, { message: "Slow down." }, { "retry-after": "7200" }),
      stream(frames, thinking.slice(0, 5), "hang"),
      (_received, response) => {
        vendor.received[2]?.cut();
        response.end();
      },
      reply({ object: "list", model: "m", data: [{ embedding: [0.5] }], usage: { prompt_tokens: 1, total_tokens: 1 } }),
      stream(frames, thinking.slice(0, 5), "hang"),
      async (_received, response) => {
        response.end(await vendor.received[5]?.ended);
      },
    );
    const said = await run();
    // workerd does not say whether a connection was made before it was lost.
    const unreached = runtime === "workerd" ? "unknown" : "connect";
    expect(JSON.parse(said)).toMatchObject({
      outcomes: ["ok", "rate", "truncated", "ok", unreached],
      reasoning: "Hm.",
      turn: {
        content: "Hi ✓",
        reasoning_details: [{ text: "Hm." }, { signature: expect.stringContaining("ai-sdk.bedrock") }],
      },
      retryAfter: "7200",
      data: [{ embedding: [0.5] }],
    });
    expect(vendor.received.map((call) => signatureProblem(call, "secret"))[0]).toBeNull();
    expect(await vendor.received[5]?.ended).toBe("aborted");
  },
  60_000,
);

function asScript(program: string, ...args: string[]): () => Promise<string> {
  return async () => {
    const child = spawn(program, [...args, file("_runtime-script.ts"), vendor.url, gone.url]);
    const [said, complaints, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    if (code !== 0) throw new Error(`exit code ${code}\n${complaints}${said}`);
    return said;
  };
}

/** workerd runs one bundled module; Bun is the bundler at hand. */
async function asWorker(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bridge-"));
  const target = ["--target=browser", "--conditions=workerd", "--external=node:*"];
  const bundle = ["--format=esm", `--outfile=${folder}/worker.js`];
  execFileSync(bin("bun"), ["build", file("_runtime-worker.ts"), ...target, ...bundle], { stdio: "pipe" });
  writeFileSync(join(folder, "config.capnp"), workerConfig);
  const child = spawn(nativeWorkerd(), ["serve", "--control-fd=3", "config.capnp"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  try {
    const port = await listeningPort(child.stdio[3] as Readable);
    const body = JSON.stringify({ baseURL: vendor.url, nobody: gone.url });
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body });
    return await response.text();
  } finally {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

const workerConfig = `
using Workerd = import "/workerd/workerd.capnp";
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-11-01",
  globalOutbound = "loopback",
);
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "loopback", network = (allow = ["local"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", service = "main")],
);
`;

async function listeningPort(control: Readable): Promise<number> {
  let seen = "";
  for await (const chunk of control) {
    seen += String(chunk);
    const port = /"port":\s*(\d+)/.exec(seen)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error(`workerd ended before it listened: ${seen}`);
}

async function text(readable: Readable): Promise<string> {
  return Buffer.concat(await Array.fromAsync(readable)).toString();
}

// The npm packages start their binaries through scripts that do not pass signals on.
function nativeDeno(): string {
  const platform = `${process.platform}-${process.arch}${process.platform === "linux" ? "-glibc" : ""}`;
  return join(nativePackage("deno", `@deno/${platform}`), "deno");
}

function nativeWorkerd(): string {
  const architecture = process.arch === "x64" ? "64" : process.arch;
  return join(nativePackage("workerd", `@cloudflare/workerd-${process.platform}-${architecture}`), "bin/workerd");
}

function nativePackage(owner: string, name: string): string {
  const require = createRequire(createRequire(join(root, "package.json")).resolve(`${owner}/package.json`));
  return dirname(require.resolve(`${name}/package.json`));
}
