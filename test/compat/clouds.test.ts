import type { ChannelSpec, JsonObject } from "@sluice/core";
import { azure } from "@sluice/provider-azure";
import { bedrock } from "@sluice/provider-bedrock";
import { vertex } from "@sluice/provider-vertex";
import { startFront, type Front, type RunningFront } from "@sluice/testkit";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { azureFront } from "../../plugins/provider-azure/test/_front.ts";
import { awsSecrets, bedrockFront } from "../../plugins/provider-bedrock/test/_front.ts";
import { vertexFront } from "../../plugins/provider-vertex/test/_front.ts";
import { check } from "./cells.ts";
import { clientNames, clients, type ClientName, type Wishes } from "./clients.ts";
import { openGateway, type Running } from "./running.ts";
import { sunny } from "./weather.ts";

interface Cloud {
  /** As the table names it. */
  name: string;
  model: string;
  /** Where the model's own state stands: it thinks aloud and wants that back. */
  state?: string;
}

const [[accessKeyId, secretAccessKey] = ["", ""]] = Object.entries(awsSecrets);
const claude = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

const clouds: readonly Cloud[] = [
  { name: "Azure", model: "azure/gpt-4.1-mini" },
  { name: "Bedrock, InvokeModel", model: `invoke/${claude}`, state: "signature" },
  { name: "Bedrock, Converse", model: `converse/${claude}`, state: "signature" },
  { name: "Vertex AI, Gemini", model: "vertex/gemini-3-flash-preview", state: "thoughtSignature" },
  { name: "Vertex AI, Claude", model: "vertex/claude-haiku-4-5@20251001", state: "signature" },
];

let running: Running;
let fronts: RunningFront[] = [];
beforeAll(async () => {
  let behind = "";
  const open = (front: Front) => startFront(front, () => behind);
  fronts = await Promise.all([open(azureFront), open(bedrockFront), open(vertexFront())]);
  running = await openGateway({
    channels: ({ url }) => {
      behind = url;
      return channelsAt(fronts.map((front) => front.url));
    },
  });
});
afterAll(() => Promise.all([running.close(), ...fronts.map((front) => front.close())]));

function channelsAt([azureUrl = "", bedrockUrl = "", vertexUrl = ""]: string[]): ChannelSpec[] {
  const aws = { baseURL: bedrockUrl, region: "eu-west-1", credentials: { accessKeyId, secretAccessKey } };
  return [
    azure({ baseURL: `${azureUrl}/openai/v1`, apiKey: "azure-key" }),
    bedrock({ ...aws, id: "invoke" }),
    bedrock({ ...aws, id: "converse", speaks: ["bedrock-converse"] }),
    vertex({ baseURL: `${vertexUrl}/v1`, project: "p", location: "eu", accessToken: "ya29.token" }),
  ];
}

const person = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
};
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const rivers = "Tell me about rivers and lakes";
const question = "What is the weather in Paris?";

for (const client of clientNames) {
  for (const cloud of clouds) {
    for (const streamed of [false, true]) {
      describe(`Clouds > ${client} > ${cloud.name} > ${streamed ? "streamed" : "whole"}`, () => {
        features(client, cloud, streamed);
      });
    }
  }
}

function features(client: ClientName, { name, model, state }: Cloud, streamed: boolean): void {
  const place = { endpoint: "chat", group: "Clouds", client, provider: name };
  const feature = (words: string, body: () => Promise<void>) =>
    check({ ...place, feature: words }, () => running, body);
  const talk = (wishes: Wishes = {}) => clients[client]({ url: running.url, model }, wishes, streamed);

  feature("text", async () => {
    expect(await talk().ask(rivers)).toMatchObject({ text: rivers, calls: [], refusal: null });
  });

  feature("system prompt", async () => {
    expect((await talk({ system: "Be brief." }).ask(rivers)).text).toBe(rivers);
    expect(JSON.stringify(running.upstreamBody())).toContain("Be brief.");
  });

  feature("image inline", async () => {
    const { text } = await talk().ask([{ text: "Look." }, { image: { mediaType: "image/png", data: pixel } }]);
    expect(text).toContain("I see image/png");
  });

  feature("schema", async () => {
    const { text } = await talk({ output: person }).ask("A person");
    expect(Object.keys(JSON.parse(text) as object)).toEqual(["name", "age"]);
  });

  feature("tools over two turns", async () => {
    const asking = talk({ tools: "weather" });
    expect((await asking.ask(question)).calls).toMatchObject([{ name: "get_weather", arguments: { city: "Paris" } }]);
    expect((await asking.answer(sunny)).text).toBe("get_weather says sunny in Paris");
  });

  if (state === undefined) return;
  feature("effort, and thinking over two turns", async () => {
    const asking = talk({ tools: "weather", thinking: "high", maxTokens: 8_000 });
    expect((await asking.ask(question)).thinking).toContain("The user asks");
    const issued = valuesOf(state, running.upstreamReply());
    expect(issued.length).toBeGreaterThan(0);
    expect((await asking.answer(sunny)).text).toBe("get_weather says sunny in Paris");
    expect(valuesOf(state, running.upstreamBody())).toEqual(issued);
  });
}

/** Every value under a name, in whatever depth, in order. */
function valuesOf(name: string, body: JsonObject): unknown[] {
  const found: unknown[] = [];
  JSON.stringify(body, (key, value: unknown) => {
    if (key === name) found.push(value);
    return value;
  });
  return found;
}
