import { compatible, vendors, type Vendor, type VendorId } from "@sluice/provider-compatible";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { check } from "./cells.ts";
import { clients } from "./clients.ts";
import { openGateway, type Running } from "./running.ts";
import { sunny } from "./weather.ts";

/** Vendors that speak OpenAI's chat under an address of their own. */
const chatters = (Object.keys(vendors) as VendorId[]).filter((id) => {
  const { speaks = ["openai-chat"] } = vendors[id] as Vendor;
  return speaks.includes("openai-chat");
});

let running: Running;
beforeAll(async () => {
  running = await openGateway({
    channels: (mock) => {
      const options = { apiKey: "sk-any", baseURL: mock.baseURL("openai-chat"), speaks: ["openai-chat"] };
      return chatters.map((vendor) => compatible({ vendor, id: `at-${vendor}`, ...options }));
    },
  });
});
afterAll(() => running.close());

const rivers = "Tell me about rivers and lakes";
const person = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
};

describe.each(chatters)("%s", (provider) => {
  describe.each(["whole", "streamed"])("%s", (way) => {
    features(provider, way === "streamed");
  });
});

/** What nobody can do without. */
function features(provider: VendorId, streamed: boolean): void {
  const place = { endpoint: "vendors", group: "Vendors that speak chat", client: "openai-chat", provider };
  const cell = (feature: string, body: () => Promise<void>) => check({ ...place, feature }, () => running, body);
  const model = `at-${provider}/some-model`;
  const talk = (wishes = {}) => clients["openai-chat"]({ url: running.url, model }, wishes, streamed);

  cell("text", async () => {
    const { text, pieces } = await talk().ask(rivers);
    expect([text, pieces > 1]).toEqual([rivers, streamed]);
  });
  cell("turns", async () => {
    const conversation = talk({ system: "Be brief." });
    for (const question of ["One", "Two"]) expect((await conversation.ask(question)).text).toBe(question);
  });
  cell("tools", async () => {
    const conversation = talk({ tools: "weather" });
    expect((await conversation.ask("What is the weather in Paris and Rome?")).calls).toHaveLength(2);
    const { text } = await conversation.answer(sunny);
    expect(text).toBe("get_weather says sunny in Paris; get_weather says sunny in Rome");
  });
  cell("JSON schema", async () => {
    // Whoever has no schemas is asked in words, and says again what it is told.
    const { text } = await talk({ output: person }).ask('{"name":"Ada","age":36}');
    expect(JSON.parse(text)).toEqual({ name: expect.any(String), age: expect.any(Number) });
  });
  cell("usage", async () => {
    await talk().ask(rivers);
    const usage = { input_tokens: expect.any(Number) as unknown, output_tokens: expect.any(Number) as unknown };
    expect(await running.receipt()).toMatchObject({ complete: true, usage });
  });
  cell("rate limit", async () => {
    running.vendors.script([{ type: "status", status: 429, retryAfter: 7 }]);
    await expect(talk({ headers: { "x-sluice-attempts": "1" } }).ask(rivers)).rejects.toThrow(/./);
    expect(running.last()).toMatchObject({ status: 429 });
  });
}
