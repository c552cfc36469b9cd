import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { check as cell } from "./cells.ts";
import { openGateway, type Running } from "./running.ts";

let running: Running;
beforeAll(async () => void (running = await openGateway()));
afterAll(() => running.close());

interface Library {
  list: () => Promise<string[]>;
  one: (name: string) => Promise<string>;
}

const apiKey = "sk-any";
const openai = () => new OpenAI({ apiKey, baseURL: `${running.url}/v1`, maxRetries: 0 }).models;
const anthropic = () => new Anthropic({ apiKey, baseURL: `${running.url}/claude`, maxRetries: 0 }).models;
const gemini = () => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: `${running.url}/gemini` } }).models;
const bare = (name = "") => name.replace(/^models\//, "");

const libraries: Readonly<Record<string, Library>> = {
  openai: {
    list: async () => (await Array.fromAsync(openai().list())).map(({ id }) => id),
    one: async (name) => (await openai().retrieve(name)).id,
  },
  anthropic: {
    list: async () => (await Array.fromAsync(anthropic().list({ limit: 5 }))).map(({ id }) => id),
    one: async (name) => (await anthropic().retrieve(name)).id,
  },
  gemini: {
    list: async () =>
      (await Array.fromAsync(await gemini().list({ config: { pageSize: 5 } }))).map(({ name }) => bare(name)),
    one: async (name) => bare((await gemini().get({ model: name })).name),
  },
};

// The gateway itself answers, for all of its providers.
describe.each(Object.entries(libraries))("the %s library at models", (client, { list, one }) => {
  const check = (feature: string, body: () => Promise<void>) =>
    cell({ endpoint: "models", group: "Models", client, provider: "gateway", feature }, () => running, body);

  check("list, page by page", async () => {
    const names = await list();
    expect(names).toEqual(expect.arrayContaining(["by-openai-chat", "by-anthropic", "by-gemini"]));
    expect(new Set(names).size).toBe(names.length);
  });
  check("one by its alias", async () => {
    expect(await one("by-gemini")).toBe("by-gemini");
  });
  check("one that is not there", async () => {
    await expect(one("nobody-knows-it")).rejects.toMatchObject({ status: 404 });
  });
});
