import { createGateway, type Gateway } from "@sluice/core";
import { anthropic } from "@sluice/provider-anthropic";
import { gemini } from "@sluice/provider-gemini";
import { openai } from "@sluice/provider-openai";
import { createMockUpstream, type MockUpstream } from "@sluice/testkit";
import { serve, type Server } from "srvx";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anthropicClient, geminiClient, openaiClient, personSchema } from "./clients.ts";

const clients = { openai: openaiClient, anthropic: anthropicClient, gemini: geminiClient } as const;

// One model a vendor, as the mock upstreams know them.
const upstreams = {
  "openai-chat": "openai/gpt-4.1-mini",
  anthropic: "anthropic/claude-sonnet-4-5",
  gemini: "gemini/gemini-2.5-flash",
} as const;

const finishes: Record<keyof typeof clients, string> = { openai: "stop", anthropic: "end_turn", gemini: "STOP" };
// A transparent pixel.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

let vendors: MockUpstream;
let gateway: Gateway;
let server: Server;
let url = "";

beforeAll(async () => {
  vendors = await createMockUpstream();
  gateway = createGateway({
    providers: [
      openai({ apiKey: "sk-openai", baseURL: vendors.baseURL("openai-chat") }),
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
  url = (server.url ?? "").replace(/\/$/, "");
});

afterAll(async () => {
  await server.close(true);
  await gateway.close();
  await vendors.close();
});

// The titles are read by table.ts: client → upstream: feature.
describe.each(Object.keys(clients) as (keyof typeof clients)[])("%s", (client) => {
  describe.each(Object.keys(upstreams) as (keyof typeof upstreams)[])("%s", (upstream) => {
    const sdk = () => clients[client]({ url, model: upstreams[upstream] });

    test("chat", async () => {
      const reply = await sdk().chat("Tell me about rivers");
      expect(reply).toMatchObject({ text: "Tell me about rivers", finish: finishes[client] });
      expect(reply.inputTokens).toBeGreaterThan(0);
      expect(reply.outputTokens).toBeGreaterThan(0);
    });

    test("stream", async () => {
      const reply = await sdk().stream("Tell me about rivers and lakes");
      expect(reply).toMatchObject({ text: "Tell me about rivers and lakes", finish: finishes[client] });
      expect(reply.pieces).toBeGreaterThan(1);
      expect(reply.outputTokens).toBeGreaterThan(0);
    });

    test("tools", async () => {
      const { calls, text } = await sdk().tools("What is the weather in Paris and Rome?");
      expect(calls).toEqual([
        { name: "get_weather", city: "Paris" },
        { name: "get_weather", city: "Rome" },
      ]);
      expect(text).toContain("sunny in Paris");
      expect(text).toContain("sunny in Rome");
    });

    test("schema", async () => {
      const person = await sdk().schema("Who wrote this?");
      expect(Object.keys(person as object).toSorted()).toEqual(Object.keys(personSchema.properties).toSorted());
      expect(person).toEqual({ name: expect.any(String), age: expect.any(Number) });
    });

    test("image", async () => {
      const text = await sdk().image("What is this?", { mediaType: "image/png", data: pixel });
      expect(text).toContain(`image/png of ${Buffer.from(pixel, "base64").length} bytes`);
    });
  });
});
