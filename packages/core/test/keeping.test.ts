import { upstreams } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { createGateway } from "../src/index.ts";
import { replyOf, simulate, vendor } from "./_simulated.ts";

/** Channels that take no seed, and one that does. */
const picky = (id: string, more: object = {}) => vendor(id)({ quirks: { refuse: ["seed"] }, ...more });
const answering = (...args: Parameters<typeof simulate>) => {
  const simulated = simulate(...args);
  for (const id of ["a", "b"]) simulated.world.upstream(`https://${id}.test`, upstreams.replying(replyOf(id)));
  return simulated;
};
const errorIn = (text: string) => (JSON.parse(text) as { error: { param: string; code: string } }).error;

describe("a parameter that a target does not take", () => {
  test("is left out, and the receipt says so", async () => {
    const { chat, receipts } = answering({ providers: [picky("a"), vendor("b")()] });
    expect((await chat({ seed: 1, fallback: ["b/m"] })).status).toBe(200);
    expect(receipts[0]).toMatchObject({
      channel: "a",
      warnings: [{ code: "dropped_parameter", field: "seed" }],
      skipped: [],
    });
  });

  test("with require_parameters takes the target out of the plan, before anything is called", async () => {
    const { chat, receipts, world } = answering({ providers: [picky("a"), vendor("b")()] });
    expect((await chat({ seed: 1, fallback: ["b/m"], require_parameters: true })).status).toBe(200);
    expect(receipts[0]).toMatchObject({
      channel: "b",
      warnings: [],
      skipped: [{ target: "a/m", reason: "seed cannot be carried to a/m." }],
    });
    expect(world.calls).toHaveLength(1);
  });

  test("is a 400 that names it when no target is left", async () => {
    const { chat, world } = answering({ providers: [picky("a"), picky("b")] });
    const { status, text } = await chat({ seed: 1, fallback: ["b/m"], require_parameters: true });
    expect(status).toBe(400);
    expect(errorIn(text)).toMatchObject({ param: "seed", code: "unsupported_parameter" });
    expect(world.calls).toHaveLength(0);
  });

  test.each([
    ["the gateway", { unsupported: "error" as const }, {}],
    ["the channel", {}, { unsupported: "error" as const }],
    ["the channel, against the gateway", { unsupported: "warn" as const }, { unsupported: "error" as const }],
  ])("is an error where %s says so", async (_who, config, channel) => {
    const { chat } = answering({ ...config, providers: [picky("a", channel)] });
    expect((await chat({ seed: 1 })).status).toBe(400);
    expect((await chat({})).status).toBe(200);
  });

  test("is a warning where the channel says so against the gateway", async () => {
    const { chat } = answering({ unsupported: "error", providers: [picky("a", { unsupported: "warn" })] });
    expect((await chat({ seed: 1 })).status).toBe(200);
  });

  test("of another dialect counts as well", async () => {
    const { gateway, world, receipts } = answering({ providers: [vendor("a")(), vendor("b")()] });
    const ask = (body: object) =>
      world.run(
        gateway.fetch(
          new Request("http://gateway.test/v1/messages", {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ model: "a/m", max_tokens: 5, messages: [{ role: "user", content: "Hi" }], ...body }),
          }),
        ),
      );
    expect((await ask({ top_k: 3 })).status).toBe(200);
    expect(receipts[0]?.warnings).toMatchObject([{ field: "top_k" }]);
    expect((await ask({ top_k: 3, require_parameters: true })).status).toBe(400);
    expect((await ask({ require_parameters: true })).status).toBe(200);
  });

  test("needs a word that is known", () => {
    const open = (config: object) => () => createGateway({ providers: [vendor("a")()], ...config } as never);
    expect(open({ unsupported: "maybe" })).toThrow(/unsupported/);
    expect(open({ providers: [picky("a", { unsupported: true })] })).toThrow(/unsupported/);
  });
});
