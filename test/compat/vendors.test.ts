import type { ChannelSpec } from "@sluice/core";
import { azure } from "@sluice/provider-azure";
import { bedrock } from "@sluice/provider-bedrock";
import { compatible, vendors, type Vendor, type VendorId } from "@sluice/provider-compatible";
import { vertex } from "@sluice/provider-vertex";
import { startFront, type MockUpstream, type RunningFront } from "@sluice/testkit";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { azureFront } from "../../plugins/provider-azure/test/_front.ts";
import { bedrockFront } from "../../plugins/provider-bedrock/test/_front.ts";
import { vertexFront } from "../../plugins/provider-vertex/test/_front.ts";
import { check } from "./cells.ts";
import { clientNames, clients, type ClientName } from "./clients.ts";
import { openGateway, type Running } from "./running.ts";
import { sunny } from "./weather.ts";

/** Clouds with a wire of their own, which stands in front of the same pretend vendors. */
const clouds = {
  azure: { front: azureFront, models: { azure: "azure/gpt-4.1-mini" } },
  vertex: {
    front: vertexFront(),
    models: { "vertex, Gemini": "vertex/gemini-2.5-flash", "vertex, Claude": "vertex/claude-haiku-4-5@20251001" },
  },
  bedrock: {
    front: bedrockFront,
    models: { "bedrock, Claude": "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0" },
  },
} as const;
type CloudName = keyof typeof clouds;
const cloudNames = Object.keys(clouds) as CloudName[];

/** Vendors that speak OpenAI's chat under an address of their own. */
const chatters = (Object.keys(vendors) as VendorId[]).filter((id) => {
  const { speaks = ["openai-chat"] } = vendors[id] as Vendor;
  return speaks.includes("openai-chat");
});

let running: Running;
const fronts = new Map<CloudName, RunningFront>();
beforeAll(async () => {
  let behind = "";
  for (const name of cloudNames) fronts.set(name, await startFront(clouds[name].front, () => behind));
  running = await openGateway({
    channels: (mock) => {
      behind = mock.url;
      return [...cloudChannels(), ...chatters.map((vendor) => chatChannel(vendor, mock))];
    },
  });
});
afterAll(async () => {
  await running.close();
  for (const front of fronts.values()) await front.close();
});

function cloudChannels(): ChannelSpec[] {
  const at = (name: CloudName, path: string) => `${fronts.get(name)?.url}${path}`;
  const place = { project: "my-project", location: "europe-west1", accessToken: "token" };
  return [
    azure({ apiKey: "sk-azure", baseURL: at("azure", "/openai/v1") }),
    vertex({ ...place, baseURL: at("vertex", "/v1") }),
    bedrock({ apiKey: "sk-bedrock", baseURL: at("bedrock", "") }),
  ];
}

function chatChannel(vendor: VendorId, mock: MockUpstream): ChannelSpec {
  const id = `at-${vendor}`;
  return compatible({ vendor, id, apiKey: "sk-any", baseURL: mock.baseURL("openai-chat"), speaks: ["openai-chat"] });
}

const rivers = "Tell me about rivers and lakes";
const person = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
};

describe.each(clientNames)("%s", (client) => {
  const models = cloudNames.flatMap((name) => Object.entries(clouds[name].models));
  describe.each(models)("before %s", (provider, model) => {
    features("Clouds", client, provider, model);
  });
});

describe.each(chatters)("openai-chat before %s", (vendor) => {
  features("Vendors that speak chat", "openai-chat", vendor, `at-${vendor}/some-model`);
});

/** What nobody can do without, whole and streamed. */
function features(group: string, client: ClientName, provider: string, model: string): void {
  const cell = (feature: string, ask: (streamed: boolean) => Promise<void>) => {
    for (const streamed of [false, true])
      check(
        { endpoint: "vendors", group, client, provider, feature },
        () => running,
        () => ask(streamed),
      );
  };
  const talk = (streamed: boolean, wishes = {}) => clients[client]({ url: running.url, model }, wishes, streamed);

  cell("text", async (streamed) => {
    const { text, pieces } = await talk(streamed).ask(rivers);
    expect([text, pieces > 1]).toEqual([rivers, streamed]);
  });
  cell("turns", async (streamed) => {
    const conversation = talk(streamed, { system: "Be brief." });
    for (const question of ["One", "Two"]) expect((await conversation.ask(question)).text).toBe(question);
  });
  cell("tools", async (streamed) => {
    const conversation = talk(streamed, { tools: "weather" });
    expect((await conversation.ask("What is the weather in Paris and Rome?")).calls).toHaveLength(2);
    const { text } = await conversation.answer(sunny);
    expect(text).toBe("get_weather says sunny in Paris; get_weather says sunny in Rome");
  });
  cell("JSON schema", async (streamed) => {
    // Whoever has no schemas is asked in words, and says again what it is told.
    const { text } = await talk(streamed, { output: person }).ask('{"name":"Ada","age":36}');
    expect(JSON.parse(text)).toEqual({ name: expect.any(String), age: expect.any(Number) });
  });
  cell("usage", async (streamed) => {
    await talk(streamed).ask(rivers);
    const usage = { input_tokens: expect.any(Number) as unknown, output_tokens: expect.any(Number) as unknown };
    expect(await running.receipt()).toMatchObject({ complete: true, usage });
  });
  cell("rate limit", async (streamed) => {
    running.vendors.script([{ type: "status", status: 429, retryAfter: 7 }]);
    await expect(talk(streamed, { headers: { "x-sluice-attempts": "1" } }).ask(rivers)).rejects.toThrow(/./);
    expect(running.last()).toMatchObject({ status: 429 });
  });
}
