import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { startTransportServer, type TransportServer } from "@sluice/testkit";
import { transportCases } from "@sluice/testkit/transport";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");
const script = join(import.meta.dirname, "transport-runtime.ts");
const onNode = transportCases({ limitsDial: true, undoesEncodings: true }).length;
const elsewhere = transportCases({ limitsDial: false, undoesEncodings: false }).length;

let server: TransportServer;
beforeAll(async () => {
  server = await startTransportServer();
});
afterAll(() => server.close());

test.each([
  { runtime: "node", command: [process.execPath], cases: onNode },
  { runtime: "bun", command: [join(root, "node_modules/.bin/bun"), "run"], cases: elsewhere },
  { runtime: "deno", command: [nativeDeno(), "run", "-A", "--no-remote"], cases: elsewhere },
])(
  "the transport of $runtime keeps the contract",
  async ({ command, cases }) => {
    const results = await run(command);
    expect(results.filter(({ error }) => error !== null)).toEqual([]);
    expect(results).toHaveLength(cases);
  },
  60_000,
);

function run([program = "", ...args]: string[]): Promise<{ name: string; error: string | null }[]> {
  const child = spawn(program, [...args, script, JSON.stringify(server.addresses)], {
    cwd: join(root, "packages/core"),
  });
  let output = "";
  let complaints = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  child.stderr.on("data", (chunk) => (complaints += String(chunk)));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code !== 0) return reject(new Error(`exit code ${code}\n${complaints}${output}`));
      resolve(
        output
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line)),
      );
    });
  });
}

/** The npm package starts Deno through a script that does not pass signals on, so the binary is started itself. */
function nativeDeno(): string {
  const deno = createRequire(join(root, "package.json")).resolve("deno/package.json");
  const platform = `${process.platform}-${process.arch}${process.platform === "linux" ? "-glibc" : ""}`;
  return join(dirname(createRequire(deno).resolve(`@deno/${platform}/package.json`)), "deno");
}
