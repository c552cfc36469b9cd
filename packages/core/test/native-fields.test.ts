import { dialects } from "@sluice/dialects";
import { createWorld, upstreams, type World } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { createGateway, defineProvider } from "../src/index.ts";
import type { Quirks } from "../src/index.ts";
import { replyOf } from "./_simulated.ts";

const response = {
  id: "resp_1",
  object: "response",
  created_at: 1,
  status: "completed",
  model: "m",
  output: [
    {
      id: "msg_1",
      type: "message",
      role: "assistant",
      content: [{ type: "output_text", text: "Hi", annotations: [] }],
    },
  ],
};

/** A vendor at `https://<id>.test` that speaks these dialects. */
const vendor = (id: string, speaks: readonly string[], quirks: Quirks = {}) =>
  defineProvider({
    id,
    name: id,
    dialects,
    speaks,
    quirks,
    baseURL: `https://${id}.test`,
    keyVariables: [],
    auth: { type: "none" },
    models: [{ id: "m" }],
  })();

interface Asked {
  status: number;
  json: { error?: { param: string }; sluice: { skipped?: { target: string; reason: string }[] } };
  urls: string[];
}

/** Asks a gateway of these channels for `m`, in the dialect of the path. */
async function ask(
  channels: ReturnType<typeof vendor>[],
  path: string,
  body: object,
  prepare: (world: World) => void = () => {},
): Promise<Asked> {
  const world = createWorld({ seed: 1 });
  for (const { provider } of channels) {
    world.upstream(`https://${provider.id}.test`, (call) => {
      const isNative = call.request.url.endsWith("/responses");
      return upstreams.replying(isNative ? response : replyOf("Hi"))(call);
    });
  }
  prepare(world);
  const gateway = createGateway({ providers: channels }, world.ports);
  const request = new Request(`http://gateway.test${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "m", ...body }),
  });
  const answer = await world.run(
    gateway.fetch(request).then(async (got) => ({ status: got.status, json: await got.json() })),
  );
  return { ...(answer as Pick<Asked, "status" | "json">), urls: world.calls.map(({ url }) => url) };
}

const native = ["openai-responses"];
const state = { input: "Go on.", previous_response_id: "resp_9" };

describe("a request that speaks of what lies with one vendor", () => {
  test("goes to a target that speaks its dialect, and the others say why not", async () => {
    const { status, json, urls } = await ask(
      [vendor("a", ["openai-chat"]), vendor("b", native)],
      "/v1/responses",
      state,
    );
    expect([status, urls]).toEqual([200, ["https://b.test/responses"]]);
    expect(json.sluice.skipped).toEqual([{ target: "a/m", reason: "does not speak openai-responses" }]);
  });

  test("is refused with the name of its field when there is none, and nothing is sent", async () => {
    const { status, json, urls } = await ask([vendor("a", ["openai-chat"])], "/v1/responses", state);
    expect([status, json.error?.param, urls]).toEqual([400, "previous_response_id", []]);
  });

  test("stays with one channel, whatever becomes of it", async () => {
    const fail = (world: World) => {
      for (const id of ["a", "b"]) world.upstream(`https://${id}.test`, upstreams.refusing(503));
    };
    const both = [vendor("a", native), vendor("b", native)];
    const pinned = await ask(both, "/v1/responses", state, fail);
    expect(new Set(pinned.urls).size).toBe(1);
    expect(pinned.json.sluice.skipped).toMatchObject([{ reason: "previous_response_id belongs to one channel" }]);
    const free = await ask(both, "/v1/responses", { input: "Go on." }, fail);
    expect(new Set(free.urls).size).toBe(2);
  });
});

describe("a channel that speaks several dialects", () => {
  const both = (quirks: Quirks = {}) => [vendor("a", ["openai-chat", "openai-responses"], quirks)];
  const urlOf = async (path: string, body: object, quirks?: Quirks) => (await ask(both(quirks), path, body)).urls[0];
  const messages = [{ role: "user", content: "Hi" }];
  const thinking = { max_tokens: 9000, messages, thinking: { type: "enabled", budget_tokens: 2000 } };

  test("is asked in the client's own", async () => {
    expect(await urlOf("/v1/responses", { input: "Hi" })).toBe("https://a.test/responses");
    expect(await urlOf("/v1/chat/completions", { messages, reasoning_effort: "high" }, { hidesThinking: true })).toBe(
      "https://a.test/chat/completions",
    );
  });

  test("is asked in the first that can say the whole request", async () => {
    expect(await urlOf("/v1/messages", thinking)).toBe("https://a.test/chat/completions");
    expect(await urlOf("/v1/messages", thinking, { hidesThinking: true })).toBe("https://a.test/responses");
    const tool = { name: "look", input_schema: { type: "object", properties: {} } };
    const withTools = { ...thinking, tools: [tool] };
    expect(await urlOf("/v1/messages", withTools, { reasoningWithTools: "none" })).toBe("https://a.test/responses");
  });

  test("is asked in its first when none can", async () => {
    const stopping = { ...thinking, stop_sequences: ["x"] };
    expect(await urlOf("/v1/messages", stopping, { hidesThinking: true })).toBe("https://a.test/chat/completions");
  });
});
