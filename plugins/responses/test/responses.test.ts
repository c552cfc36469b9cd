import { createGateway, definePlugin, MemoryStorage } from "@sluice/core";
import type { Gateway, Plugin, StreamEvent } from "@sluice/core";
import { openaiResponses } from "@sluice/dialects";
import { createMockUpstream, mockChannels, mockModels, quietPorts, testPlugin } from "@sluice/testkit";
import type { MockUpstream } from "@sluice/testkit";
import OpenAI from "openai";
import { createStorage } from "unstorage";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { responses } from "../src/index.ts";

testPlugin(() => responses());

let upstream: MockUpstream;
const opened: Gateway[] = [];
beforeAll(async () => void (upstream = await createMockUpstream({ tokensPerEvent: 2 })));
afterAll(() => upstream.close());
afterEach(async () => {
  await Promise.all(opened.splice(0).map((gateway) => gateway.close({ graceMs: 0 })));
  upstream.reset();
});

function open(...plugins: readonly Plugin[]): Gateway {
  const gateway = createGateway({ providers: mockChannels(upstream), plugins }, quietPorts());
  opened.push(gateway);
  return gateway;
}

/** OpenAI's own library in front of a gateway. */
function sdkOf(gateway: Gateway, apiKey = "sk-one"): OpenAI {
  const fetch = (url: string | URL | Request, init?: RequestInit) => gateway.fetch(new Request(url, init));
  return new OpenAI({ apiKey, baseURL: "http://gateway.test/v1", fetch, maxRetries: 0 });
}

const upstreams = Object.entries(mockModels);
const words = "My name is Ada.";

/** What the vendor was told last, in whatever wire. */
const told = () => JSON.stringify(upstream.requests.at(-1)?.json);

describe.each(upstreams)("a conversation before %s", (_dialect, model) => {
  test("goes on from its last response, whole and streamed", async () => {
    const sdk = sdkOf(open(responses()));
    const first = await sdk.responses.create({ model, input: words, instructions: "Be kind." });
    expect(first).toMatchObject({ store: true });

    const second = await sdk.responses
      .stream({ model, input: "And then?", previous_response_id: first.id, instructions: "Be brief." })
      .finalResponse();
    expect(second.previous_response_id).toBe(first.id);
    for (const part of [words, first.output_text.slice(0, 12), "And then?", "Be brief."])
      expect(told()).toContain(part);
    // Instructions hold for one response.
    expect(told()).not.toContain("Be kind.");

    await sdk.responses.create({ model, input: "Go on.", previous_response_id: second.id });
    for (const part of [words, "And then?", "Go on."]) expect(told()).toContain(part);
    expect(told()).not.toContain("Be brief.");
  });

  test("takes the results of its calls alone", async () => {
    const sdk = sdkOf(open(responses()));
    const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
    const tools = [{ type: "function" as const, name: "get_weather", parameters, strict: false }];
    const asked = await sdk.responses.create({ model, tools, input: "What is the weather in Oslo?" });
    const call = asked.output.find((item) => item.type === "function_call");
    const result = { type: "function_call_output" as const, call_id: call?.call_id ?? "", output: "sunny" };
    const answered = await sdk.responses.create({ model, tools, input: [result], previous_response_id: asked.id });
    expect(answered.output_text).toContain("get_weather says sunny");
  });

  test("can be retrieved as its client got it, listed, and deleted", async () => {
    const sdk = sdkOf(open(responses()));
    const first = await sdk.responses.create({ model, input: words });
    const second = await sdk.responses.create({ model, input: "More.", previous_response_id: first.id });
    // All but the receipt, which tells of one call.
    expect(second).toMatchObject({
      ...(await sdk.responses.retrieve(second.id)),
      created_at: expect.any(Number) as number,
    });

    const items = await Array.fromAsync(await sdk.responses.inputItems.list(second.id, { order: "asc", limit: 2 }));
    expect(items).toMatchObject([
      { type: "message", role: "user", content: words },
      { type: "message", role: "assistant" },
      { type: "message", role: "user", content: "More." },
    ]);
    await sdk.responses.delete(second.id);
    await expect(sdk.responses.retrieve(second.id)).rejects.toMatchObject({ status: 404 });
    await expect(sdk.responses.delete(second.id)).rejects.toMatchObject({ status: 404 });
  });
});

const model = mockModels.anthropic;

describe("an item by its id alone", () => {
  const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
  const tools = [{ type: "function" as const, name: "get_weather", parameters, strict: false }];
  const question = { role: "user" as const, content: "What is the weather in Oslo?" };
  const thinker = "mock-anthropic/claude-opus-4-6";
  const thinking = { reasoning: { effort: "high" as const, summary: "auto" as const }, max_output_tokens: 9000 };

  /** What the AI SDK sends of answers that say that they were stored. */
  async function answered(sdk: OpenAI, store?: boolean) {
    const asked = await sdk.responses.create({
      model: thinker,
      tools,
      ...thinking,
      input: [question],
      ...(store === undefined ? {} : { store }),
    });
    const references = asked.output.map(({ id }) => ({ type: "item_reference" as const, id: id ?? "" }));
    const call = asked.output.find((item) => item.type === "function_call");
    const result = { type: "function_call_output" as const, call_id: call?.call_id ?? "", output: "sunny" };
    return sdk.responses.create({ model: thinker, tools, ...thinking, input: [question, ...references, result] });
  }

  test("is the item, its thinking included", async () => {
    const { output_text } = await answered(sdkOf(open(responses())));
    expect(output_text).toContain("get_weather says sunny");
    expect(told()).toContain('"signature":"');
  });

  test("is nothing that another vendor could know, where it was not stored", async () => {
    const refusal = { status: 400, param: expect.stringMatching(/^input\[\d\]$/) as unknown };
    await expect(answered(sdkOf(open(responses())), false)).rejects.toMatchObject(refusal);
    await expect(answered(sdkOf(open()))).rejects.toMatchObject(refusal);
  });
});

describe("what is stored", () => {
  test("is there for its own key alone", async () => {
    const gateway = open(responses());
    const { id } = await sdkOf(gateway).responses.create({ model, input: words });
    const other = sdkOf(gateway, "sk-two").responses;
    await expect(other.retrieve(id)).rejects.toMatchObject({ status: 404, code: "not_found" });
    await expect(other.delete(id)).rejects.toMatchObject({ status: 404 });
    await expect(other.inputItems.list(id)).rejects.toMatchObject({ status: 404 });
    await expect(other.create({ model, input: "Hi", previous_response_id: id })).rejects.toMatchObject({
      status: 400,
      code: "previous_response_not_found",
      param: "previous_response_id",
    });
    expect((await sdkOf(gateway).responses.retrieve(id)).id).toBe(id);
  });

  test("is there for whom the config says that it belongs to", async () => {
    const gateway = open(responses({ owner: ({ headers }) => headers.get("x-team") ?? null }));
    const of = (team: string) => sdkOf(gateway).withOptions({ defaultHeaders: { "x-team": team } }).responses;
    const { id } = await of("search").create({ model, input: words });
    expect((await of("search").retrieve(id)).id).toBe(id);
    await expect(of("ads").retrieve(id)).rejects.toMatchObject({ status: 404 });
  });

  test("is nothing where the client says so, or the answer broke", async () => {
    const gateway = open(responses());
    const sdk = sdkOf(gateway);
    const unkept = await sdk.responses.create({ model, input: words, store: false });
    expect(unkept).toMatchObject({ store: false });
    await expect(sdk.responses.retrieve(unkept.id)).rejects.toMatchObject({ status: 404 });

    const ids: string[] = [];
    upstream.script([{ type: "cut", afterEvents: 3 }]);
    const stream = sdk.responses.stream({ model, input: `${words} One two three four five six seven.` });
    stream.on("response.created", ({ response }) => void ids.push(response.id));
    await expect(stream.finalResponse()).rejects.toThrow(/cut|ended/);
    for (const id of ids) await expect(sdk.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });

  test("is what other plugins left of the answer", async () => {
    const shout = definePlugin("shout", () => ({
      async *stream(events: AsyncIterable<StreamEvent>) {
        for await (const event of events) {
          yield event.type === "text-delta" ? { ...event, text: event.text.toUpperCase() } : event;
        }
      },
    }));
    const sdk = sdkOf(open(responses(), shout()));
    const { id, output_text } = await sdk.responses.create({ model, input: words });
    expect(output_text).toBe(output_text.toUpperCase());
    const again = (await sdk.responses.retrieve(id)) as unknown as { output: { content: { text: string }[] }[] };
    expect(again.output[0]?.content[0]?.text).toBe(output_text);
  });

  test("outlives the gateway in a storage of its own", async () => {
    const storage = createStorage();
    const { id } = await sdkOf(open(responses({ storage }))).responses.create({ model, input: words });
    const sdk = sdkOf(open(responses({ storage })));
    expect((await sdk.responses.retrieve(id)).id).toBe(id);
    await sdk.responses.create({ model, input: "Again.", previous_response_id: id });
    expect(told()).toContain(words);
    expect(await storage.getKeys()).toHaveLength(2);
  });

  test("goes oldest first when the memory is full", async () => {
    const sdk = sdkOf(open(responses({ mostInMemory: 2 })));
    const ids: string[] = [];
    for (const input of ["One", "Two", "Three"]) ids.push((await sdk.responses.create({ model, input })).id);
    await expect(sdk.responses.retrieve(ids[0] ?? "")).rejects.toMatchObject({ status: 404 });
    for (const id of ids.slice(1)) expect((await sdk.responses.retrieve(id)).id).toBe(id);
  });

  test("goes oldest first when it is too much for the memory", async () => {
    const value = (text: string) => ({ response: { text }, input: [], messages: [], expires: 1 });
    const storage = new MemoryStorage({ most: 9, mostCharacters: 200 });
    for (const key of ["a", "b", "c", "c"]) await storage.setItem(key, value(`${key} `.repeat(10)));
    expect(await storage.getItem("a")).toBeNull();
    expect([await storage.getItem("b"), await storage.getItem("c")]).toMatchObject([{}, {}]);
    await expect(storage.setItem("d", value("d".repeat(300)))).rejects.toThrow("too large");
    expect(await storage.getItem("b")).not.toBeNull();
  });

  test.each([
    ["fails", () => Promise.reject(new Error("the disk is full"))],
    ["hangs", () => new Promise<never>(() => {})],
  ])("is missed in the receipt, and nowhere else, when the storage %s", async (_, setItem) => {
    const broken = { getItem: async () => null, setItem, removeItem: async () => {} };
    const response = await sdkOf(open(responses({ storage: broken }))).responses.create({ model, input: words });
    expect(response.output_text).not.toBe("");
    const { store, sluice } = response as unknown as { store: boolean; sluice: { warnings: { code: string }[] } };
    expect([store, sluice.warnings.map(({ code }) => code)]).toEqual([false, ["response_not_stored"]]);
  });
});

test("what only a vendor of this wire knows of its items goes back to it", async () => {
  const sdk = sdkOf(open(responses()));
  const model = mockModels["openai-responses"];
  const { id, output } = await sdk.responses.create({ model, input: words });
  expect(output.at(-1)).toMatchObject({ type: "message", phase: "final_answer" });
  await sdk.responses.create({ model, input: "Again.", previous_response_id: id });
  expect(upstream.requests.at(-1)?.json).toMatchObject({
    input: [{ role: "user" }, { role: "assistant", phase: "final_answer" }, { role: "user" }],
  });
});

describe("what the store does not do is refused in words", () => {
  test("cancelling, compacting, and retrieving as a stream", async () => {
    const sdk = sdkOf(open(responses()));
    const { id } = await sdk.responses.create({ model, input: words });
    const refusal = { status: 400, code: "unsupported_operation" };
    await expect(sdk.responses.cancel(id)).rejects.toMatchObject(refusal);
    await expect(sdk.responses.compact({ model, input: "Hi" })).rejects.toMatchObject(refusal);
    await expect(sdk.responses.retrieve(id, { stream: true })).rejects.toMatchObject(refusal);
    await expect(sdk.responses.cancel("resp_none")).rejects.toMatchObject({ status: 404 });
  });

  test.each(["order=up", "limit=0", "limit=x", "after=nothing"])("a list with %s", async (query) => {
    const gateway = open(responses());
    const { id } = await sdkOf(gateway).responses.create({ model, input: words });
    const headers = { authorization: "Bearer sk-one" };
    const answer = await gateway.fetch(
      new Request(`http://gateway.test/v1/responses/${id}/input_items?${query}`, { headers }),
    );
    expect(answer.status).toBe(400);
  });
});

describe("without a store", () => {
  const state = { input: "Hi", previous_response_id: "resp_1" };

  test("a vendor that keeps responses itself is asked as before", async () => {
    const sdk = sdkOf(open());
    const native = mockModels["openai-responses"];
    const first = await sdk.responses.create({ model: native, input: words });
    const second = await sdk.responses.create({ model: native, input: "And?", previous_response_id: first.id });
    expect(second.previous_response_id).toBe(first.id);
    expect(told()).not.toContain(words);
  });

  test("a response in the background is that of its vendor, as it came", async () => {
    const native = mockModels["openai-responses"];
    const queued = await sdkOf(open()).responses.create({ model: native, input: words, background: true });
    expect(queued).toMatchObject({ status: "queued", background: true, output: [] });
    expect(queued.id).not.toContain("req_");
  });

  test.each(upstreams.filter(([dialect]) => dialect !== "openai-responses"))(
    "%s is never asked for what lies elsewhere",
    async (_dialect, elsewhere) => {
      await expect(sdkOf(open()).responses.create({ model: elsewhere, ...state })).rejects.toMatchObject({
        status: 400,
        param: "previous_response_id",
      });
      expect(upstream.requests).toEqual([]);
    },
  );

  test("with a store, the id of another vendor still goes to that vendor alone", async () => {
    const sdk = sdkOf(open(responses()));
    await expect(sdk.responses.create({ model, ...state })).rejects.toMatchObject({ param: "previous_response_id" });
    await expect(sdk.responses.create({ model, ...state, conversation: "conv_1" })).rejects.toMatchObject({
      status: 400,
    });
  });
});

describe("a gateway without the store", () => {
  test.each(openaiResponses.client?.pluginRoutes?.routes ?? [])(
    "says at %s which plugin answers there",
    async (route) => {
      const [method = "", path = ""] = route.replace(":id", "resp_1").split(" ");
      const ask = (gateway: Gateway) => gateway.fetch(new Request(`http://gateway.test${path}`, { method }));
      const bare = await ask(open());
      expect(bare.status).toBe(404);
      expect(await bare.json()).toMatchObject({
        error: { code: "not_found", message: expect.stringContaining('the plugin "responses"') },
        sluice: { hint: expect.stringContaining('Add "responses"') },
      });
      expect(await (await ask(open(responses()))).text()).not.toContain("which this gateway does not have");
    },
  );

  test("knows all routes of the store", () => {
    const { routes } = responses().definition;
    expect(Object.keys(routes).toSorted()).toEqual(
      [...(openaiResponses.client?.pluginRoutes?.routes ?? [])].toSorted(),
    );
  });
});
