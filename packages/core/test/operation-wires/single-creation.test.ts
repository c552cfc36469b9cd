import { upstreams } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { definePlugin } from "../../src/index.ts";
import { operate } from "../_operations.ts";
import { twoVendors, wire } from "./_made-up-wire.ts";

describe("what must not exist twice", () => {
  const create = { model: "a/m", creates: true, fallback: ["b/m"] };
  const failing = {
    "a server's error": upstreams.refusing(500),
    "an overloaded upstream": upstreams.refusing(503),
    "a connection that is lost": () => [{ do: "break", phase: "sent" } as const],
    "an answer that is none": upstreams.replying("no object"),
    "an answer that is cut": () => [{ do: "head", status: 200 } as const, { do: "break", phase: "sent" } as const],
  };

  test.each(Object.entries(failing))("is not tried again after %s", async (_, personality) => {
    const { world, post, sent } = operate(twoVendors(wire("things")));
    world.upstream("https://a.test", personality);
    world.upstream("https://b.test", upstreams.replying({ kind: "second" }));
    const { status } = await post("/v1/things", create);
    expect(status).toBeGreaterThanOrEqual(500);
    expect(sent.map(({ url }) => url)).toEqual(["https://a.test/v1/things"]);
  });

  test.each([
    ["nobody was reached", upstreams.unreachable],
    ["the upstream took no request", upstreams.refusing(429)],
    ["the upstream took no key", upstreams.refusing(401)],
  ])("goes to the next target where %s", async (_, personality) => {
    const { world, post, sent } = operate(twoVendors());
    world.upstream("https://a.test", personality);
    world.upstream("https://b.test", upstreams.replying({ kind: "second" }));
    expect((await post("/v1/things", create)).status).toBe(200);
    expect(sent.at(-1)?.url).toBe("https://b.test/v1/things");
  });

  test("is not sent again by a stage that asks twice", async () => {
    const greedy = definePlugin("greedy", () => ({
      respond: async (_ctx, next) => {
        await next();
        return next();
      },
    }));
    const { world, post, sent } = operate({ ...twoVendors(), plugins: [greedy()] });
    world.upstream("https://a.test", upstreams.replying({ kind: "first" }));
    world.upstream("https://b.test", upstreams.replying({ kind: "second" }));
    expect((await post("/v1/things", create)).status).toBe(502);
    expect(sent).toHaveLength(1);
  });

  test("is asked of nobody else when a stage breaks behind the call, and the plugin is named", async () => {
    const targets: string[] = [];
    const brittle = definePlugin("brittle", () => ({
      attempt: async (_ctx, { target }, next) => {
        targets.push(target.id);
        await next();
        throw new Error("it broke");
      },
    }));
    const { world, post, sent } = operate({ ...twoVendors(), plugins: [brittle()] });
    world.upstream("https://a.test", upstreams.replying({ kind: "first" }));
    world.upstream("https://b.test", upstreams.replying({ kind: "second" }));
    const { status, json } = await post("/v1/things", create);
    expect([status, json.sluice.code, targets, sent.length]).toEqual([500, "SLUICE_PLUGIN_FAILED", ["a/m"], 1]);
  });
});
