import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { calcPrice, findProvider } from "@pydantic/genai-prices";
import type { Provider } from "@pydantic/genai-prices";
import { costOf, usageWith } from "@sluice/core";
import type { Usage } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matcherOf } from "../src/match.ts";
import { toPriceConfig } from "../src/rates.ts";
import { readTable } from "../src/snapshot.ts";
import { shipped, shippedTable } from "../src/source.ts";

const table = shippedTable();
const manifest = createRequire(import.meta.url)
  .resolve("@pydantic/genai-prices")
  .replace(/dist\/.*$/, "package.json");
const vendors = [
  "anthropic",
  "openai",
  "google",
  "deepseek",
  "x-ai",
  "mistral",
  "groq",
  "openrouter",
  "aws",
  "azure",
  "fireworks",
];
const entries = vendors.flatMap((id) =>
  (findProvider({ providerId: id }) as Provider).models.map((entry) => ({ id, entry })),
);

describe("the table that ships", () => {
  test("is the version that is installed", () => {
    expect(JSON.parse(readFileSync(manifest, "utf8"))).toMatchObject({ version: shipped.version });
    expect(Date.parse(shipped.date)).not.toBeNaN();
  });

  test("is exact integers with source, version and date", () => {
    expect(table.find("anthropic", "claude-opus-4-5")).toMatchObject({
      source: "genai-prices",
      sourceVersion: "0.1.8",
      date: "2026-09-23",
      lines: expect.arrayContaining([
        { unit: "input_token", pico: 5_000_000n },
        { unit: "output_token", pico: 25_000_000n },
        { unit: "cache_read_token", pico: 500_000n },
      ]),
    });
  });

  test("knows models by the names that vendors give them, and providers by ours", () => {
    const same = (provider: string, a: string, b: string) =>
      expect(table.find(provider, a)?.version).toBe(table.find(provider, b)?.version);
    same("openai", "gpt-4o-2024-08-06", "gpt-4o");
    same("anthropic", "claude-haiku-4-5-20251001", "claude-haiku-4-5");
    same("gemini", "gemini-2.5-flash", "gemini-2.5-flash");
    expect(table.find("gemini", "gemini-2.5-flash")).not.toBeNull();
    expect(table.find("xai", "grok-4")).not.toBeNull();
    expect(table.find("azure", "gpt-4o")).not.toBeNull();
  });

  test("does not guess: an unknown model or provider has no price", () => {
    expect(table.find("openai", "no-such-model")).toBeNull();
    expect(table.find("my-openai-proxy", "gpt-4o")).toBeNull();
    expect(table.find("hasOwnProperty", "gpt-4o")).toBeNull();
  });

  test("has hundreds of models", () => {
    const listed = [...new Set(vendors)].flatMap((id) => table.list(id));
    expect(listed.length).toBeGreaterThan(500);
    expect(listed.filter(({ price }) => price).length / listed.length).toBeGreaterThan(0.8);
  });

  test("costs what the package itself computes, within its floats", () => {
    const counts = fc.record({
      input: fc.nat(400_000),
      cacheRead: fc.nat(100_000),
      cacheWrite: fc.nat(50_000),
      hour: fc.nat(50_000),
      output: fc.nat(50_000),
      searches: fc.nat(5),
    });
    const at = Date.parse("2026-11-20T12:00:00Z");
    let priced = 0;
    fc.assert(
      fc.property(fc.constantFrom(...entries), counts, ({ id, entry }, used) => {
        const cacheRead = Math.min(used.cacheRead, used.input);
        const cacheWrite = Math.min(used.cacheWrite, used.input - cacheRead);
        const hour = Math.min(used.hour, cacheWrite);
        const keys = new Set(Object.keys(latestOf(entry.prices)));
        const searches = keys.has("web_searches_kcount") ? used.searches : 0;
        const price = table.priceOf(entry);
        if (price === null || !keys.has("input_mtok") || !keys.has("output_mtok")) return;
        const usage: Usage = usageWith({
          inputTokens: used.input,
          cacheReadTokens: cacheRead,
          cacheWriteTokens: cacheWrite,
          outputTokens: used.output,
          details: { cacheWrite1hTokens: hour, toolCalls: { web_search: searches } },
        });
        const theirs = calcPrice(
          {
            input_tokens: used.input,
            cache_read_tokens: cacheRead,
            cache_write_tokens: cacheWrite,
            cache_write_1h_tokens: hour,
            output_tokens: used.output,
            web_searches: searches,
          },
          entry.id,
          {
            provider: {
              ...(findProvider({ providerId: id }) as Provider),
              models: [{ ...entry, match: { equals: entry.id } }],
            },
            timestamp: new Date(at),
          },
        );
        const nano = costOf(usage, price, { at }).nano;
        expect(nano).not.toBeNull();
        expect(Math.abs(Number(nano) / 1e9 - (theirs?.total_price ?? Number.NaN))).toBeLessThan(2e-9);
        priced++;
      }),
      { numRuns: 3_000 },
    );
    expect(priced).toBeGreaterThan(1_000);
  });
});

describe("a row of the table", () => {
  const prices = (rows: unknown) => toPriceConfig(rows as Parameters<typeof toPriceConfig>[0], "2026-09-23");

  test("has tiers by the size of the input, days and hours as conditions", () => {
    const tiered = { input_mtok: { base: 3, tiers: [{ start: 200_000, price: 6 }] }, output_mtok: 15 };
    expect(prices(tiered)).toEqual({
      perMillion: { input_token: 3, output_token: 15 },
      also: [{ when: { inputAbove: 200_000 }, perMillion: { input_token: 6 } }],
    });
    const rows = [
      { prices: { input_mtok: 1 } },
      { constraint: { type: "start_date", start_date: "2026-03-01" }, prices: { input_mtok: 2 } },
      { constraint: { type: "start_date", start_date: "2027-01-01" }, prices: { input_mtok: 3 } },
      {
        constraint: { type: "time_of_date", start_time: "16:30:00Z", end_time: "00:30:00Z" },
        prices: { input_mtok: 0.5 },
      },
    ];
    expect(prices(rows)).toEqual({
      perMillion: { input_token: 2 },
      also: [
        { when: { from: "2027-01-01" }, perMillion: { input_token: 3 } },
        { when: { between: ["16:30:00", "00:30:00"] }, perMillion: { input_token: 0.5 } },
      ],
    });
  });

  test("is unknown as a whole where part of it cannot be counted", () => {
    expect(prices({ input_mtok: 2, output_mtok: 8, output_citation_mtok: 2 })).toBeNull();
  });

  test("names what is billed by call, by search and by hour", () => {
    expect(prices({ input_mtok: 1, web_searches_kcount: 10, rerank_searches_kcount: 2, audio_hours: 0.04 })).toEqual({
      perMillion: { input_token: 1 },
      each: { "tool:web_search": 0.01, search_unit: 0.002 },
      perHour: { audio_input_ms: 0.04 },
    });
  });
});

describe("a table that was fetched", () => {
  const provenance = { source: "test", version: "1", date: "2026-11-20", trusted: false };
  const model = (changes: object) => [
    { id: "acme", models: [{ id: "m", match: { equals: "m" }, prices: { input_mtok: 1 }, ...changes }] },
  ];
  const read = (json: unknown) => readTable(json, provenance);

  test("is refused whole where a line is no price", () => {
    for (const json of [
      {},
      [],
      [{ id: "acme" }],
      [{ id: "acme", models: ["m"] }],
      model({ match: null }),
      model({ prices: 3 }),
      model({ prices: { input_mtok: -1 } }),
      model({ prices: { input_mtok: "1" } }).map((p) => ({
        ...p,
        models: [{ id: "m", match: { equals: "m" }, prices: { input_mtok: null } }],
      })),
      model({
        prices: [
          { constraint: { type: "start_date", start_date: "soon" }, prices: { input_mtok: 1 } },
          { constraint: { type: "start_date", start_date: "later" }, prices: { input_mtok: 1 } },
        ],
      }),
    ]) {
      expect(() => read(json)).toThrow(/./);
    }
    expect(read(model({})).find("acme", "m")).toMatchObject({ date: "2026-11-20", lines: [{ pico: 1_000_000n }] });
  });

  test("is asked for names by expressions that are linear, and by no others", () => {
    expect(matcherOf({ regex: "^claude-opus-5-\\d{8}$" }, false)("claude-opus-5-20260101")).toBe(true);
    expect(matcherOf({ regex: "^(a+)+$" }, false)("aaaa")).toBe(false);
    expect(matcherOf({ regex: "^(a+)+$" }, true)("aaaa")).toBe(true);
    expect(matcherOf({} as never, true)("anything")).toBe(false);
  });
});

function latestOf(prices: Provider["models"][number]["prices"]): object {
  return Array.isArray(prices) ? (prices.at(-1)?.prices ?? {}) : prices;
}
