import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { startTransportServer, type TransportServer } from "@sluice/testkit";
import { transportCases } from "@sluice/testkit/transport";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ContractRun } from "./transport-contract.ts";

const root = join(import.meta.dirname, "../../..");
const bin = (name: string) => join(root, "node_modules/.bin", name);
const entry = (name: string) => join(import.meta.dirname, name);

const all = { limitsDial: true, seesDial: true, seesAddresses: true, undoesEncodings: true };
const fetching = { limitsDial: false, seesDial: true, seesAddresses: false, undoesEncodings: false };

let server: TransportServer;
beforeAll(async () => {
  server = await startTransportServer();
});
afterAll(() => server.close());

test.each([
  { runtime: "node", abilities: all, run: asScript(process.execPath) },
  { runtime: "bun", abilities: fetching, run: asScript(bin("bun"), "run") },
  { runtime: "deno", abilities: fetching, run: asScript(nativeDeno(), "run", "-A", "--no-remote") },
  { runtime: "workerd", abilities: { ...fetching, seesDial: false }, run: asWorker },
])(
  "the transport of $runtime keeps the contract",
  async ({ runtime, abilities, run }) => {
    const lines = await run({ runtime, abilities, addresses: server.addresses });
    const results = lines.split("\n").map((line) => JSON.parse(line) as { name: string; error: string | null });
    expect(results.filter(({ error }) => error !== null)).toEqual([]);
    expect(results).toHaveLength(transportCases(abilities).length);
  },
  60_000,
);

test.each([
  { runtime: "node", command: [process.execPath] },
  { runtime: "bun", command: [bin("bun"), "run"] },
])(
  "$runtime takes no proxy from the environment (S29)",
  async ({ command }) => {
    expect((await throughProxy(command)).said).toBe("200");
  },
  30_000,
);

test("Deno, which obeys the proxy of the environment, says so", async () => {
  const { said, complaints } = await throughProxy([nativeDeno(), "run", "-A", "--no-remote"]);
  expect(said).toBe("connect");
  expect(complaints).toContain("Deno sends every upstream call through the proxy of the environment.");
}, 30_000);

/** One call while the environment names a proxy that nobody runs. */
async function throughProxy([program = "", ...args]: string[]): ReturnType<typeof output> {
  const { origin, refusingOrigin } = server.addresses;
  const env = { ...process.env, HTTP_PROXY: refusingOrigin, http_proxy: refusingOrigin, NO_PROXY: "", no_proxy: "" };
  return output(
    spawn(program, [...args, entry("single-call.ts"), `${origin}/status/200`], { cwd: import.meta.dirname, env }),
  );
}

type Runner = (run: ContractRun) => Promise<string>;

function asScript(program: string, ...args: string[]): Runner {
  return async (run) => {
    const child = spawn(program, [...args, entry("transport-script.ts"), JSON.stringify(run)], {
      cwd: import.meta.dirname,
    });
    return (await output(child)).said;
  };
}

async function output(child: ChildProcessWithoutNullStreams): Promise<{ said: string; complaints: string }> {
  const [said, complaints, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  if (code !== 0) throw new Error(`exit code ${code}\n${complaints}${said}`);
  return { said: said.trim(), complaints: complaints.trim() };
}

/** workerd runs one bundled module; Bun is the bundler at hand. */
async function asWorker(run: ContractRun): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-worker-"));
  const bundle = ["--format=esm", `--outfile=${folder}/worker.js`];
  const target = ["--target=browser", "--conditions=workerd", "--external=node:*"];
  execFileSync(bin("bun"), ["build", entry("transport-worker.ts"), ...target, ...bundle], { stdio: "pipe" });
  writeFileSync(join(folder, "config.capnp"), workerConfig);

  const child = spawn(nativeWorkerd(), ["serve", "--control-fd=3", "config.capnp"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  try {
    const port = await listeningPort(child.stdio[3] as Readable);
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: JSON.stringify(run) });
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

async function text(stream: Readable): Promise<string> {
  return Buffer.concat(await Array.fromAsync(stream)).toString();
}

// The npm packages start their binaries through a script that does not pass signals on, so these are started themselves.
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
