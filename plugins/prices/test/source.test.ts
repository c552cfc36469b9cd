import { findProvider } from "@pydantic/genai-prices";
import type { Provider } from "@pydantic/genai-prices";
import { createGateway, definePrice } from "@sluice/core";
import type { GatewayConfig, ModelPrice, Transport, TransportRequest } from "@sluice/core";
import { openai } from "@sluice/provider-openai";
import { createWorld } from "@sluice/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { prices } from "../src/index.ts";
import { movesFar } from "../src/moves.ts";

const url = "https://prices.test/table.json";

/** A gateway that can fetch prices, and a switch for what it would find. */
async function createFixture(options: Parameters<typeof prices>[0], config: Partial<GatewayConfig> = {}) {
  const world = createWorld({ seed: 1, epochMs: Date.UTC(2026, 10, 20) });
  const calls: TransportRequest[] = [];
  const found = { json: [] as unknown, status: 200 };
  const transport: Transport = {
    async send(request) {
      calls.push(request);
      const bytes = new TextEncoder().encode(JSON.stringify(found.json));
      return {
        status: found.status,
        headers: new Map(),
        body: (async function* () {
          yield bytes.subarray(0, 7);
          yield bytes.subarray(7);
        })(),
      };
    },
    close: async () => {},
  };
  const channels = [openai({ apiKey: "none" })];
  const ports = { ...world.ports, transport };
  const gateway = createGateway({ providers: channels, plugins: [prices(options)], ...config }, ports);
  await gateway.ready;
  const priceOf = (id: string) => gateway.inspect().served.find((model) => model.id === id)?.info?.price ?? null;
  return { world, gateway, calls, found, priceOf };
}

describe("prices in a gateway", () => {
  test("are those of the package, without a call to anywhere", async () => {
    const { calls, priceOf, gateway } = await createFixture({});
    expect(priceOf("openai/gpt-5-mini")).toMatchObject({ source: "genai-prices", date: "2026-09-23" });
    expect(await gateway.refreshPrices()).toEqual([]);
    expect(calls).toEqual([]);
  });

  test("give way to the config's, and those of a channel", async () => {
    const own = { perMillion: { input_token: 1 }, source: "contract", date: "2026-11-01" };
    const ofChannel = { "gpt-5-*": { perMillion: { input_token: 3 } } };
    const { priceOf } = await createFixture(
      {},
      { prices: { "openai/gpt-5-nano": own }, providers: [openai({ apiKey: "none", prices: ofChannel })] },
    );
    expect(priceOf("openai/gpt-5-nano")).toMatchObject({ source: "contract", date: "2026-11-01" });
    expect(priceOf("openai/gpt-5-mini")).toMatchObject({ source: "config", date: null, lines: [{ pico: 3_000_000n }] });
    expect(priceOf("openai/gpt-5")).toMatchObject({ source: "genai-prices" });
  });

  test("list what the table knows of a provider beside what the provider lists", async () => {
    const { gateway } = await createFixture({});
    const { served } = gateway.inspect();
    expect(served.length).toBeGreaterThan(60);
    expect(served.find(({ id }) => id === "openai/text-embedding-3-small")?.info).toMatchObject({
      price: { lines: [{ unit: "input_token", pico: 20_000n }] },
    });
    expect(new Set(served.map(({ id }) => id)).size).toBe(served.length);
  });

  test("are fetched when told so, and follow small moves at once", async () => {
    const { world, found, calls, priceOf, gateway } = await createFixture({ update: { url } });
    found.json = tableWith("gpt-5-mini", (row) => ({ ...row, input_mtok: 0.5 }));
    const before = priceOf("openai/gpt-5-mini");
    const changes = await gateway.refreshPrices();
    expect(changes).toMatchObject([{ provider: "openai", model: "gpt-5-mini", state: "active", before }]);
    expect(priceOf("openai/gpt-5-mini")).toMatchObject({
      lines: expect.arrayContaining([{ unit: "input_token", pico: 500_000n }]),
      sourceVersion: expect.stringMatching(/^[0-9a-f]{16}$/),
      date: new Date(world.ports.clock.now()).toISOString().slice(0, 10),
    });
    expect(new Set(calls.map((call) => `${call.method} ${call.url} ${String(call.credential)}`))).toEqual(
      new Set([`GET ${url} null`]),
    );
  });

  test("are staged where one in use moves by more than four times, or is gone", async () => {
    const rows: ((row: object) => object)[] = [
      (row) => ({ ...row, input_mtok: 1.1 }),
      (row) => ({ ...row, input_mtok: 0.01 }),
      () => ({ input_mtok: 0.25 }),
      () => ({}),
    ];
    for (const row of rows) {
      const { world, found, gateway, priceOf } = await createFixture({ update: { url } });
      const before = priceOf("openai/gpt-5-mini");
      found.json = tableWith("gpt-5-mini", row);
      const changes = await gateway.refreshPrices();
      expect(changes).toMatchObject([{ model: "gpt-5-mini", state: "staged" }]);
      expect(priceOf("openai/gpt-5-mini")).toEqual(before);
      expect(world.log).toContainEqual(
        expect.objectContaining({ level: "warn", message: expect.stringContaining("staged") }),
      );
    }
  });

  test("are taken in spite of that once somebody has confirmed the version", async () => {
    const far = tableWith("gpt-5-mini", (row) => ({ ...row, input_mtok: 1.1 }));
    const first = await createFixture({ update: { url } });
    first.priceOf("openai/gpt-5-mini");
    first.found.json = far;
    const [staged] = await first.gateway.refreshPrices();
    const confirm = staged?.after?.sourceVersion ?? "";
    const second = await createFixture({ update: { url }, confirm });
    second.priceOf("openai/gpt-5-mini");
    second.found.json = far;
    expect(await second.gateway.refreshPrices()).toMatchObject([{ state: "active" }]);
    expect(second.priceOf("openai/gpt-5-mini")).toMatchObject({
      lines: expect.arrayContaining([{ unit: "input_token", pico: 1_100_000n }]),
    });
  });

  test("stay as they are where the new table cannot be read", async () => {
    const { found, gateway, priceOf } = await createFixture({ update: { url } });
    const before = priceOf("openai/gpt-5-mini");
    for (const broken of [
      { json: "nonsense" },
      { json: tableWith("gpt-5-mini", () => ({ input_mtok: -1 })) },
      { status: 500 },
    ]) {
      Object.assign(found, { status: 200 }, broken);
      await expect(gateway.refreshPrices()).rejects.toMatchObject({ code: "SLUICE_PRICES_UNREADABLE" });
      expect(priceOf("openai/gpt-5-mini")).toEqual(before);
    }
  });
});

/** The shipped table of OpenAI with one row changed. */
function tableWith(model: string, change: (row: object) => object): unknown {
  const provider = structuredClone(findProvider({ providerId: "openai" })) as Provider;
  const entry = provider.models.find(({ id }) => id === model);
  if (entry) Object.assign(entry, { prices: change(entry.prices) });
  return [provider];
}

const amount = fc.integer({ min: 0, max: 1_000_000 });
const priced = (input: number): ModelPrice => definePrice({ perMillion: { input_token: input / 1_000 } });

describe("a price that moves", () => {
  test("by up to four times is followed, by more is staged", () => {
    fc.assert(
      fc.property(amount, amount, (before, after) => {
        expect(movesFar(priced(before), priced(after))).toBe(Math.max(before, after) > 4 * Math.min(before, after));
      }),
    );
  });
});
