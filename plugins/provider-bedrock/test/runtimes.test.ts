import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { createMockUpstream, startFront, type MockUpstream, type RunningFront } from "@sluice/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { awsSecrets, bedrockFront } from "./_front.ts";

const root = join(import.meta.dirname, "../../..");
const script = join(import.meta.dirname, "_runtime-script.ts");
const [keys = ["", ""]] = Object.entries(awsSecrets);

let upstream: MockUpstream;
let front: RunningFront;
beforeAll(async () => {
  upstream = await createMockUpstream({ tokensPerEvent: 1 });
  front = await startFront(bedrockFront, upstream.url);
});
afterAll(() => Promise.all([front.close(), upstream.close()]));

test.each(
  [
    { runtime: "node", command: [process.execPath] },
    { runtime: "bun", command: [join(root, "node_modules/.bin/bun"), "run"] },
    { runtime: "deno", command: [nativeDeno(), "run", "-A", "--no-remote"] },
  ].flatMap((one) =>
    ["us.anthropic.claude-haiku-4-5-20251001-v1:0", "amazon.nova-2-lite-v1:0"].map((model) => ({ ...one, model })),
  ),
)(
  "$runtime signs calls of $model and reads their frames",
  async ({ command: [program = "", ...args], model }) => {
    const { stdout } = await promisify(execFile)(program, [...args, script, front.url, ...keys, model]);
    const [whole = "", streamed = ""] = JSON.parse(stdout) as string[];
    expect(JSON.parse(whole)).toMatchObject({
      choices: [{ message: { content: "Say ✓ 世界." }, finish_reason: "stop" }],
    });
    const said = [...streamed.matchAll(/"content":"([^"]+)"/g)].map((match) => match[1]);
    expect(said.join("")).toBe("Say ✓ 世界.");
    expect(streamed.trimEnd().endsWith("data: [DONE]")).toBe(true);
    expect(front.calls.at(-1)?.headers["authorization"]).toContain("/us-west-2/bedrock/");
  },
  60_000,
);

/** The launcher of the package would fetch a binary; the one for this machine is installed beside it. */
function nativeDeno(): string {
  const require = createRequire(createRequire(join(root, "package.json")).resolve("deno/package.json"));
  const libc = process.platform === "linux" ? "-glibc" : "";
  return join(dirname(require.resolve(`@deno/${process.platform}-${process.arch}${libc}/package.json`)), "deno");
}
