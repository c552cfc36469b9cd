import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { createMockUpstream, startFront } from "@sluice/testkit";
import { expect, test } from "vitest";
import { vertexFront } from "./_front.ts";
import { startTokenServer } from "./_token-server.ts";

const root = join(import.meta.dirname, "../../..");
const script = join(import.meta.dirname, "_runtime-script.ts");

test.each([
  { runtime: "node", command: [process.execPath] },
  { runtime: "bun", command: [join(root, "node_modules/.bin/bun"), "run"] },
  { runtime: "deno", command: [nativeDeno(), "run", "-A", "--no-remote"] },
])(
  "$runtime signs assertions that the token endpoint takes",
  async ({ command: [program = "", ...args] }) => {
    const upstream = await createMockUpstream();
    const tokens = await startTokenServer();
    const front = await startFront(
      vertexFront((token) => tokens.issued.includes(token)),
      upstream.url,
    );
    const told = [`${front.url}/v1`, JSON.stringify(tokens.account)];
    const { stdout } = await promisify(execFile)(program, [...args, script, ...told]);
    expect(JSON.parse(stdout)).toMatchObject({ choices: [{ message: { content: "Say ✓." } }] });
    expect(tokens.issued).toHaveLength(1);
    await Promise.all([front.close(), tokens.running.close(), upstream.close()]);
  },
  60_000,
);

/** The launcher of the package would fetch a binary; the one for this machine is installed beside it. */
function nativeDeno(): string {
  const require = createRequire(createRequire(join(root, "package.json")).resolve("deno/package.json"));
  const libc = process.platform === "linux" ? "-glibc" : "";
  return join(dirname(require.resolve(`@deno/${process.platform}-${process.arch}${libc}/package.json`)), "deno");
}
