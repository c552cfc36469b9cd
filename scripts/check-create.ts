/**
 * Walks the way of a new user with packed tarballs: `create-gateway` in an empty folder, install, test, check, build, the
 * first answer through the OpenAI SDK, a routing rule edited while the gateway runs. Then the same for the other templates.
 *
 * Needs `pnpm run build` first. Run it with `pnpm run check:create`. Nothing is published, so the projects' own
 * dependencies are pointed at the tarballs here; everything else comes from npm as it does for users.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import OpenAI from "openai";
import { packAll, root, run, type Packed } from "./tarballs.ts";

const tools = join(root, "node_modules/.bin");
const folder = mkdtempSync(join(tmpdir(), "sluice-create-"));
/** The environment of a user: the project's Node first, no provider key, nothing of the npm that runs this. */
const inherited = Object.entries(process.env).filter(([name]) => !/^npm_|_API_KEY$/i.test(name));
const env = { ...Object.fromEntries(inherited), PATH: `${tools}${delimiter}${process.env.PATH}`, NO_COLOR: "1" };

try {
  const packages = packAll(folder);
  const began = performance.now();
  await starter(packages);
  console.log(`from an empty folder to a changed rule in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  await edge(packages);
  plugin(packages);
  console.log("3 templates: created, installed, tested, checked, built and used");
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function starter(packages: Packed[]): Promise<void> {
  const project = create(packages, ["my-gateway"]);
  assert.equal(statSync(join(project, ".env")).mode & 0o777, 0o600);
  step("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], project);
  assert.equal(run("git", ["status", "--porcelain", "--", ".env", "node_modules"], project, env), "");
  step("npm", ["test"], project);
  step("npm", ["run", "check"], project);
  await serving(project, "dev", async (url) => {
    assert.equal(await firstAnswer(url), "echo");
    await changesRouting(project, url);
  });
  step("npm", ["run", "build"], project);
  await serving(project, "preview", async (url) => assert.equal(await firstAnswer(url), "echo"));
}

async function edge(packages: Packed[]): Promise<void> {
  const project = create(packages, ["my-worker", "--template", "edge", "--providers", "openai,anthropic"]);
  step("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], project);
  step("npm", ["test"], project);
  step("npm", ["run", "check"], project);
  step("npm", ["run", "build"], project);
  assert.ok(existsSync(join(project, ".output/cloudflare/wrangler.toml")));
  await serving(project, "preview", async (url) => assert.equal(await firstAnswer(url), "echo"));
}

function plugin(packages: Packed[]): void {
  const project = create(packages, ["sluice-plugin-word-count", "--template", "plugin"]);
  step("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], project);
  step("npm", ["test"], project);
  step("npm", ["run", "check"], project);
  const [packed] = JSON.parse(run("npm", ["pack", "--json"], project, env)) as { files: { path: string }[] }[];
  const paths = packed?.files.map(({ path }) => path).sort();
  assert.deepEqual(paths, ["README.md", "dist/index.d.ts", "dist/index.js", "package.json"]);
  const used = `const { wordCount } = await import("sluice-plugin-word-count"); console.log(wordCount.id);`;
  assert.equal(run("node", ["--input-type=module", "-e", used], project, env).trim(), "wordCount");
}

/** Runs the packed scaffolder as `npm create gateway` does, and points the project at the tarballs. */
function create(packages: Packed[], args: string[]): string {
  const cwd = join(folder, `at-${readdirSync(folder).length}`);
  mkdirSync(cwd);
  const scaffolder = packages.find(({ manifest }) => manifest.name === "create-gateway")?.tarball;
  const command = [
    "exec",
    "--yes",
    `--package=file:${scaffolder}`,
    "--",
    "create-gateway",
    ...args,
    "--no-install",
    "--json",
  ];
  console.log(`create-gateway ${args.join(" ")}`);
  const report = JSON.parse(run("npm", command, cwd, env)) as { directory: string; files: string[]; next: string[] };
  assert.deepEqual(report.files.toSorted(), filesIn(report.directory));
  assert.deepEqual(report.next.slice(0, 2), [`cd ${args[0]}`, "npm install"]);
  useTarballs(packages, join(report.directory, "package.json"));
  return report.directory;
}

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .filter((path) => !path.startsWith(".git/"))
    .sort();
}

/** npm refuses an override that differs from a direct dependency, so those are replaced where they stand. */
function useTarballs(packages: Packed[], file: string): void {
  const manifest = JSON.parse(readFileSync(file, "utf8")) as Record<string, Record<string, string>>;
  const overrides: Record<string, string> = {};
  for (const {
    manifest: { name },
    tarball,
  } of packages) {
    const direct = ["dependencies", "devDependencies", "peerDependencies"].filter((field) => manifest[field]?.[name]);
    for (const field of direct) (manifest[field] ??= {})[name] = `file:${tarball}`;
    overrides[name] = direct.length > 0 ? `$${name}` : `file:${tarball}`;
  }
  writeFileSync(file, JSON.stringify({ ...manifest, overrides }, null, 2));
}

/** Starts a script of the project on a free port, waits until it serves, and ends it with all that it started. */
async function serving(project: string, script: string, use: (url: string) => Promise<void>): Promise<void> {
  const port = await freePort();
  const args = ["run", script, "--", "--port", String(port)];
  console.log(`  npm ${args.join(" ")}`);
  const child = spawn("npm", args, { cwd: project, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => said.push(bytes.toString()));
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  try {
    await until(`${script} serves`, () =>
      fetch(`${url}/healthz`).then(
        (response) => response.ok,
        () => false,
      ),
    );
    await use(url);
    assert.equal(child.exitCode, null);
  } catch (error) {
    throw new Error(`npm ${args.join(" ")}\n${said.join("")}`, { cause: error });
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGTERM");
    await gone;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    assert.ok(tries < 200, `waited in vain until ${what}`);
    await wait(100);
  }
}

/** Asks through the OpenAI SDK, and gives the model that the receipt names. */
async function firstAnswer(url: string, tags: Record<string, string> = {}): Promise<string | null> {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "unused" });
  const body = { model: "default", messages: [{ role: "user" as const, content: "hello" }], tags };
  const completion = await client.chat.completions.create(body);
  assert.ok(completion.choices[0]?.message.content);
  return (completion as unknown as { sluice: { actual_model: string | null } }).sluice.actual_model;
}

/** Edits the rule's file and waits until answers follow it. The process is the same all along. */
async function changesRouting(project: string, url: string): Promise<void> {
  assert.equal(await firstAnswer(url, { plan: "paid" }), "lorem");
  const file = join(project, "routes/paid-first.ts");
  writeFileSync(file, readFileSync(file, "utf8").replace('!== "paid"', '!== "gold"'));
  await until("the edited rule counts", async () => (await firstAnswer(url, { plan: "paid" })) === "echo");
  assert.equal(await firstAnswer(url, { plan: "gold" }), "lorem");
}

function step(command: string, args: string[], project: string): void {
  console.log(`  ${command} ${args.join(" ")}`);
  run(command, args, project, env);
}
