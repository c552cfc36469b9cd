import { createGateway, isObject, type JsonObject } from "@sluice/core";
import { anthropic } from "@sluice/provider-anthropic";
import { compatible } from "@sluice/provider-compatible";
import { gemini } from "@sluice/provider-gemini";
import { openai } from "@sluice/provider-openai";
import { createMockUpstream, type MockUpstream } from "@sluice/testkit";
import { serve, type Server } from "srvx";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { clients as others } from "./clients.ts";
import { responsesClient } from "./responses-client.ts";
import { sunny } from "./weather.ts";

const clients = { ...others, responses: responsesClient };
type ClientName = keyof typeof clients;

let vendors: MockUpstream;
let server: Server;
beforeAll(async () => {
  vendors = await createMockUpstream({ tokensPerEvent: 2 });
  const gateway = createGateway({
    providers: [
      compatible({ vendor: "deepseek", apiKey: "sk-deepseek", baseURL: vendors.baseURL("openai-chat") }),
      openai({ apiKey: "sk-openai", baseURL: vendors.baseURL("openai-responses"), speaks: ["openai-responses"] }),
      anthropic({ apiKey: "sk-anthropic", baseURL: vendors.baseURL("anthropic") }),
      gemini({ apiKey: "sk-gemini", baseURL: vendors.baseURL("gemini") }),
    ],
  });
  server = serve({
    port: 0,
    hostname: "127.0.0.1",
    silent: true,
    gracefulShutdown: false,
    fetch: (request) => gateway.fetch(request),
  });
  await server.ready();
});
afterAll(async () => {
  await server.close(true);
  await vendors.close();
});
beforeEach(() => vendors.reset());

/** A model of each wire that wants its thinking back, and where a second turn must hold it. */
const upstreams = {
  "openai-chat": {
    model: "deepseek/deepseek-reasoner",
    credential: { authorization: "Bearer sk-any" },
    given: (body: string) => [joined(body, /"reasoning_content":("(?:[^"\\]|\\.)*")/g)],
    returned: (body: JsonObject) => found(body, "reasoning_content"),
  },
  "openai-responses": {
    model: "openai/gpt-5-mini",
    credential: { authorization: "Bearer sk-any" },
    // What an item holds when it is added is not yet what must come back.
    given: (body: string) => last(body, /"encrypted_content":("[^"]*")/g),
    returned: (body: JsonObject) => found(body, "encrypted_content"),
  },
  anthropic: {
    model: "anthropic/claude-opus-4-5",
    credential: { "x-api-key": "sk-any" },
    given: (body: string) => last(body, /"signature":("[^"]+")/g),
    returned: (body: JsonObject) => found(body, "signature"),
  },
  gemini: {
    model: "gemini/gemini-3-flash-preview",
    credential: { "x-goog-api-key": "sk-any" },
    given: (body: string) => last(body, /"thoughtSignature":\s*("[^"]+")/g),
    returned: (body: JsonObject) => found(body, "thoughtSignature"),
  },
};
type UpstreamName = keyof typeof upstreams;

const pairs = (Object.keys(clients) as ClientName[]).flatMap((client) =>
  (Object.keys(upstreams) as UpstreamName[]).flatMap((upstream) =>
    [false, true].map((streamed) => [client, upstream, streamed ? "streamed" : "whole"] as const),
  ),
);

test.each(pairs)("the %s client gives %s its state back, byte for byte (%s)", async (client, upstream, way) => {
  const { model, credential, given, returned } = upstreams[upstream];
  const wishes = { tools: "weather", thinking: "high", maxTokens: 8_000 } as const;
  const talk = clients[client]({ url: (server.url ?? "").replace(/\/$/, ""), model }, wishes, way === "streamed");
  expect((await talk.ask("What is the weather in Paris?")).calls).toHaveLength(1);
  expect((await talk.answer(sunny)).text).toBe("get_weather says sunny in Paris");

  const [first, second] = vendors.requests;
  // The same request gets the same bytes, so what the vendor gave is what it gives again.
  const again = await fetch(vendors.url + first?.path, {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01", ...credential },
    body: JSON.stringify(first?.json),
  });
  const state = given(await again.text());
  expect(state.filter((value) => value !== "")).not.toEqual([]);
  expect(returned(second?.json as JsonObject)).toEqual(state);
});

function last(body: string, pattern: RegExp): string[] {
  return [...body.matchAll(pattern)].slice(-1).map(([, value]) => JSON.parse(value as string) as string);
}

function joined(body: string, pattern: RegExp): string {
  return [...body.matchAll(pattern)].map(([, value]) => JSON.parse(value as string) as string).join("");
}

/** Every string of that name, in order. */
function found(value: unknown, name: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => found(item, name));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === name && typeof member === "string" ? [member] : found(member, name),
  );
}
