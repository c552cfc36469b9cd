import { createGateway } from "@sluice/core";
import type { Gateway, GatewayConfig, Plugin } from "@sluice/core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createMockUpstream } from "../mock-upstream/server.ts";
import type { MockUpstream } from "../mock-upstream/server.ts";
import { quietPorts } from "./quiet-ports.ts";
import { ask, clientDialects, questionOf } from "./client.ts";
import type { Question } from "./client.ts";
import { mockChannels, mockModels } from "./mock-channels.ts";

/** What the suite cannot know about a plugin. */
export interface PluginTraits {
  /** Plugins that it uses; they come before it. */
  uses?: () => readonly Plugin[];
  /** What a caller must send to be let in. */
  headers?: Record<string, string>;
  /** More config, e.g. models. */
  config?: Omit<GatewayConfig, "providers" | "plugins">;
  /** Whether an answer may differ from what the upstream said, e.g. redaction. @default false */
  rewrites?: boolean;
}

const pairs = clientDialects.flatMap((client) =>
  clientDialects.flatMap((upstream) => [false, true].map((stream) => ({ client, upstream, stream }))),
);
const ways = pairs.filter(({ client, upstream }) => client === upstream);

/**
 * Proves that a plugin keeps its place in a gateway: it opens and closes, lets every dialect through streamed and not, keeps
 * the ends of streams honest, and shares nothing between two gateways.
 *
 * @example testPlugin(() => quota({ budget: 5 }), { uses: () => [keys()], headers: { authorization: "Bearer sk-test" } });
 */
export function testPlugin(create: () => Plugin, traits: PluginTraits = {}): void {
  const { id, definition } = create();
  const text = "One two three — ✓ 世界 four five six seven.";
  let upstream: MockUpstream;
  const opened: Gateway[] = [];

  const open = (over: MockUpstream = upstream): Gateway => {
    const plugins = [...(traits.uses?.() ?? []), create()];
    const gateway = createGateway({ providers: mockChannels(over), ...traits.config, plugins }, quietPorts());
    opened.push(gateway);
    return gateway;
  };
  const question = (more: Partial<Question>): Question => ({
    model: mockModels["openai-chat"],
    text,
    headers: { ...traits.headers },
    ...more,
  });

  describe(`the plugin ${id}`, () => {
    beforeAll(async () => {
      upstream = await createMockUpstream({ tokensPerEvent: 2 });
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((gateway) => gateway.close({ graceMs: 0 })));
      upstream.reset();
    });
    afterAll(() => upstream.close());

    test("opens, shows itself, and closes twice", async () => {
      const gateway = open();
      await gateway.ready;
      expect(gateway.inspect().plugins.map((plugin) => plugin.id)).toContain(id);
      await gateway.close({ graceMs: 0 });
      await gateway.close({ graceMs: 0 });
      const refused = await ask(gateway, "openai-chat", question({}));
      expect(refused.status).toBe(503);
    });

    test.each(pairs)(
      "lets $client over $upstream through (stream: $stream)",
      async ({ client, upstream: over, stream }) => {
        const told = await ask(open(), client, question({ model: mockModels[over], stream }));
        expect(told).toMatchObject({ status: 200, ended: true, error: null });
        expect(told.receipt).toMatchObject({ complete: true, source: expect.any(String) });
        expect(told.text).toBe(traits.rewrites === true ? told.text : text);
      },
    );

    test.each(ways)("lets the tool calls of $client through (stream: $stream)", async ({ client, stream }) => {
      const told = await ask(
        open(),
        client,
        question({ model: mockModels[client], stream, tools: true, text: "weather in Oslo and Rome" }),
      );
      expect(told.calls).toEqual([
        { name: "get_weather", arguments: { city: "Oslo" } },
        { name: "get_weather", arguments: { city: "Rome" } },
      ]);
      expect(told.ended).toBe(true);
    });

    test.each(clientDialects)("says the same to %s however the upstream cuts its answer", async (client) => {
      const texts: string[] = [];
      for (const tokensPerEvent of [1, 3, 100]) {
        const differently = await createMockUpstream({
          tokensPerEvent,
          framing: { chunks: tokensPerEvent === 3 ? "byte" : "event" },
        });
        const told = await ask(open(differently), client, question({ model: mockModels[client], stream: true }));
        texts.push(told.text);
        await differently.close();
      }
      expect(new Set(texts).size).toBe(1);
      expect(texts[0]).not.toBe("");
    });

    test.each(pairs.filter(({ stream }) => stream))(
      "never ends a cut answer for $client over $upstream as if it were whole",
      async ({ client, upstream: over }) => {
        upstream.script(["cut:2"]);
        const told = await ask(open(), client, question({ model: mockModels[over], stream: true }));
        expect(told.ended).toBe(false);
        expect(told.error).not.toBeNull();
      },
    );

    test.each(clientDialects)("keeps the upstream's refusal a refusal for %s", async (client) => {
      upstream.script(["status:400"], { repeat: true });
      const told = await ask(open(), client, question({ model: mockModels[client] }));
      expect(told).toMatchObject({ status: 400, ended: false });
      expect(told.error).toHaveProperty("message");
    });

    test.each(clientDialects)("leaves nothing behind when a client of %s goes", async (client) => {
      const slow = await createMockUpstream({ chunkDelayMs: 5 });
      const gateway = open(slow);
      const leaving = new AbortController();
      const long = question({
        model: mockModels[client],
        stream: true,
        text: "word ".repeat(400),
        signal: leaving.signal,
      });
      const response = await gateway.fetch(questionOf(client, long));
      expect(response.status).toBe(200);
      const reader = response.body?.getReader();
      await reader?.read();
      leaving.abort();
      await reader?.cancel().catch(() => undefined);
      const request = await slow.nextRequest();
      expect(await request.ended).toBe("aborted");
      await gateway.close({ graceMs: 1000 });
      expect(gateway.active).toBe(0);
      await slow.close();
    });

    test("shares nothing between two gateways", async () => {
      const story = async (gateway: Gateway) => {
        const chapters: unknown[] = [];
        for (const stream of [false, true, false]) {
          const { status, text: words, receipt } = await ask(gateway, "openai-chat", question({ stream }));
          chapters.push([status, words, receipt?.["cached"], receipt?.["source"]]);
        }
        return chapters;
      };
      const first = await story(open());
      expect(await story(open())).toEqual(first);
      const [one, other] = [open(), open()];
      await one.close({ graceMs: 0 });
      expect(await story(other)).toEqual(first);
    });

    test("takes only fields that a plugin has, and none from the core", () => {
      expect(Object.keys(definition.extras).filter((name) => ["model", "messages", "stream"].includes(name))).toEqual(
        [],
      );
      for (const path of Object.keys(definition.routes)) expect(path).toMatch(/^(GET|POST|PUT|PATCH|DELETE) \//);
    });
  });
}
