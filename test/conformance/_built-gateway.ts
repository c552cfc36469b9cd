import { spawn } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";

const here = import.meta.dirname;
const cli = join(here, "../../packages/cli/src/main.ts");

/** A gateway that was built for a runtime and runs there, as a process of its own. */
export interface BuiltGateway {
  url: string;
  /** What `sluice build` printed. */
  buildLog: string;
  close(): Promise<void>;
}

/** A preset, and the Node that the command line runs on; what is built for Node runs on the same one. */
export interface Runtime {
  name: string;
  preset: string;
  node: string;
}

const oldestNode = join(here, "oldest-node/node_modules/node/bin/node");

/** Where a built gateway must pass. */
export const runtimes: readonly Runtime[] = [
  { name: "Node", preset: "node", node: process.execPath },
  { name: "the oldest Node that is promised", preset: "node", node: oldestNode },
  { name: "Bun", preset: "bun", node: process.execPath },
  { name: "Deno", preset: "deno", node: process.execPath },
  { name: "workerd", preset: "cloudflare", node: process.execPath },
];

/** Where the pretend vendors are, and one that answers without end. */
export interface Upstreams {
  upstream: string;
  flood: string;
}

/** Builds the gateway of this folder with `sluice build` and runs it with `sluice preview`, as a user would. */
export async function startBuilt({ preset, node }: Runtime, upstreams: Upstreams): Promise<BuiltGateway> {
  // Beside the workspace's node_modules, so that packages are found as in a user's project.
  const project = await mkdtemp(join(here, ".built-"));
  await cp(join(here, "gateway"), project, { recursive: true });
  const addresses = Object.entries(upstreams).map(([name, url]) => `export const ${name} = ${JSON.stringify(url)};\n`);
  await writeFile(join(project, "upstream.ts"), addresses);
  const buildLog = await run(node, ["build", "--preset", preset, "--cwd", project]);

  const port = await freePort();
  const child = spawn(node, [cli, "preview", "--preset", preset, "--cwd", project, "--port", String(port)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const close = async () => {
    child.kill("SIGTERM");
    await exited;
    await rm(project, { recursive: true, force: true });
  };
  try {
    await waitUntilReady(
      url,
      () => child.exitCode !== null,
      () => output,
    );
  } catch (error) {
    await close();
    throw error;
  }
  return { url, buildLog, close };
}

async function run(node: string, args: readonly string[]): Promise<string> {
  const child = spawn(node, [cli, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error(`sluice ${args.join(" ")} ended with ${code}:\n${output}`);
  return output;
}

async function waitUntilReady(url: string, hasEnded: () => boolean, output: () => string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const ready = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    if (hasEnded()) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the built gateway did not get ready:\n${output()}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
