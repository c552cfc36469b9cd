import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventFrame, signatureProblem } from "./_aws.ts";
import { reply, startVendor, status, stream, type Vendor } from "./_vendor.ts";

const root = join(import.meta.dirname, "../../..");
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
  { runtime: "node", command: [process.execPath] },
  { runtime: "bun", command: [join(root, "node_modules/.bin/bun"), "run"] },
  { runtime: "deno", command: [nativeDeno(), "run", "-A", "--no-remote"] },
])(
  "packages are bridged on $runtime",
  async ({ command: [program = "", ...args] }) => {
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
    const child = spawn(program, [...args, join(import.meta.dirname, "_runtime-script.ts"), vendor.url, gone.url]);
    const [said, complaints, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    expect([code, complaints]).toEqual([0, expect.anything()]);
    expect(JSON.parse(said)).toMatchObject({
      outcomes: ["ok", "rate", "truncated", "ok", "connect"],
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

async function text(readable: Readable): Promise<string> {
  return Buffer.concat(await Array.fromAsync(readable)).toString();
}

// The npm package starts its binary through a script that does not pass signals on.
function nativeDeno(): string {
  const platform = `${process.platform}-${process.arch}${process.platform === "linux" ? "-glibc" : ""}`;
  const require = createRequire(createRequire(join(root, "package.json")).resolve("deno/package.json"));
  return join(dirname(require.resolve(`@deno/${platform}/package.json`)), "deno");
}
