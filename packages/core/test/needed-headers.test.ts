import { dialects } from "@sluice/dialects";
import { upstreams } from "@sluice/testkit";
import { expect, test } from "vitest";
import { defineProvider } from "../src/index.ts";
import { simulate } from "./_simulated.ts";

const claude = defineProvider({
  id: "claude",
  name: "Claude",
  dialects,
  speaks: ["anthropic"],
  baseURL: "https://claude.test/v1",
  keyVariables: [],
  auth: { type: "none" },
  models: [{ id: "m" }],
  stateDomain: "anthropic",
});

const answer = {
  type: "message",
  id: "msg_1",
  model: "m",
  content: [{ type: "text", text: "Hi" }],
  stop_reason: "end_turn",
};
const computer = { type: "computer_20250124", name: "computer" };

/** The betas that the upstream was told of. */
async function betas(headers: Record<string, string>, body: object): Promise<string | undefined> {
  const { world, chat } = simulate({ providers: [claude({ headers })] });
  let told: string | undefined;
  world.upstream("https://claude.test", (call) => {
    told = call.request.headers["anthropic-beta"];
    return upstreams.replying(answer)(call);
  });
  expect((await chat({ model: "claude/m", ...body })).status).toBe(200);
  return told;
}

test("a header that a translated request needs stands behind the channel's own", async () => {
  expect(await betas({}, {})).toBeUndefined();
  expect(await betas({}, { tools: [computer] })).toBe("computer-use-2025-01-24");
  expect(await betas({ "Anthropic-Beta": "mine" }, { tools: [computer] })).toBe("mine,computer-use-2025-01-24");
});
