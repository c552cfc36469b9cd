import { describe, expect, test } from "vitest";
import { createGateway, definePrice, filterModels, modelFilters } from "../src/index.ts";
import type { ListedModel, ModelInfo, PriceSource } from "../src/index.ts";
import { definePlugin } from "../src/plugin.ts";
import { vendor } from "./_simulated.ts";

const price = (input: number) => definePrice({ perMillion: { input_token: input, output_token: 4 * input } });
const model = (id: string, info: Partial<ModelInfo> | null, ownedBy = "acme"): ListedModel => ({
  id,
  ownedBy,
  info: info && { id, ...info },
});
const models = [
  model("acme/eyes", {
    name: "Eyes Pro",
    abilities: { vision: true, tools: true },
    contextTokens: 200_000,
    price: price(3),
  }),
  model("acme/ears", {
    modalities: { input: ["audio"], output: ["text"] },
    maxOutputTokens: 4_000,
    status: "deprecated",
  }),
  model("other/free", { abilities: { tools: false }, contextTokens: 8_000, price: price(0) }, "other"),
  model("default", null, "sluice"),
];
const ids = (query: string) => filterModels(models, new URLSearchParams(query)).map(({ id }) => id);

describe("filters of the model list", () => {
  test.each([
    ["", ["acme/eyes", "acme/ears", "other/free", "default"]],
    ["provider=acme,sluice", ["acme/eyes", "acme/ears", "default"]],
    ["search=eyes+pro", ["acme/eyes"]],
    ["input=image", ["acme/eyes"]],
    ["input=text,image&output=text", ["acme/eyes"]],
    ["input=audio", ["acme/ears"]],
    ["ability=tools", ["acme/eyes"]],
    ["min_context=8000", ["acme/eyes", "other/free"]],
    ["min_output=4000", ["acme/ears"]],
    ["max_input_price=2.5", ["other/free"]],
    ["max_output_price=12", ["acme/eyes", "other/free"]],
    ["priced=true", ["acme/eyes", "other/free"]],
    ["priced=false", ["acme/ears", "default"]],
    ["status=deprecated", ["acme/ears"]],
    ["status=active&provider=acme", ["acme/eyes"]],
    ["ability=telepathy", []],
    ["limit=2&after_id=x&beta=true", ["acme/eyes", "acme/ears", "other/free", "default"]],
  ])("%s", (query, expected) => {
    expect(ids(query)).toEqual(expected);
  });

  test.each(["min_context=much", "max_input_price=-1", "max_output_price=", "priced=yes"])(
    "%s is refused by its name",
    (query) => {
      expect(() => ids(query)).toThrow(
        expect.objectContaining({ code: "SLUICE_REQUEST_INVALID", param: query.split("=")[0] }),
      );
    },
  );

  test("are those of `/v1/models`", async () => {
    const gateway = createGateway({
      providers: [vendor("v")()],
      models: { default: "v/m" },
      prices: { "v/m": { perMillion: { input_token: 2 } } },
    });
    const get = async (query: string) => {
      const response = await gateway.fetch(new Request(`http://gateway.test/v1/models?${query}`));
      return [response.status, await response.json()];
    };
    expect(await get("provider=v")).toMatchObject([
      200,
      { data: [{ id: "v/m", pricing: { prompt: "0.000002", date: null }, status: null }] },
    ]);
    expect(await get("max_input_price=1")).toMatchObject([200, { data: [] }]);
    expect(await get("priced=maybe")).toMatchObject([400, { error: { param: "priced" } }]);
    expect(modelFilters).toContain("provider");
    await gateway.close();
  });
});

describe("price sources", () => {
  const source = (id: string, known: Record<string, number>, version = "1"): PriceSource & { asked: string[] } => {
    const asked: string[] = [];
    return {
      id,
      version,
      asked,
      find(provider, name) {
        asked.push(`${provider}/${name}`);
        return name in known ? definePrice({ perMillion: { input_token: known[name] ?? 0 }, source: id }) : null;
      },
      list: () => Object.keys(known).map((name) => ({ id: name, contextTokens: 1000 })),
    };
  };
  const open = async (sources: PriceSource[], config: object = {}) => {
    const plugin = definePlugin("sources", () => ({
      setup: (gateway) => {
        for (const each of sources) gateway.addPrices(each);
      },
    }));
    const gateway = createGateway({ providers: [vendor("v")()], plugins: [plugin()], ...config });
    await gateway.ready;
    return gateway;
  };
  const told = (gateway: Awaited<ReturnType<typeof open>>) =>
    Object.fromEntries(gateway.inspect().served.map(({ id, info }) => [id, info?.price?.source ?? null]));

  test("are asked in order, after the config and the channel", async () => {
    const gateway = await open([source("first", { m: 1, x: 1 }), source("second", { m: 2, x: 2, y: 2 })], {
      prices: { "v/x": { perMillion: { input_token: 9 }, source: "ours" } },
    });
    expect(told(gateway)).toEqual({ "v/m": "first", "v/x": "ours", "v/y": "second" });
  });

  test("fill in what a partial price leaves to them, each line with who said it", async () => {
    const prices = {
      "v/m": { each: { "tool:web_fetch": 0 }, partial: true, source: "ours", date: "2026-11-20" },
    } as const;
    const gateway = await open([source("first", { m: 1 })], { prices });
    const [model] = gateway.inspect().served;
    expect(model?.info?.price).toMatchObject({
      source: "ours",
      lines: [
        { unit: "tool:web_fetch", pico: 0n },
        { unit: "input_token", pico: 1_000_000n, from: { source: "first", sourceVersion: null, date: null } },
      ],
    });
    const alone = await open([], { prices });
    expect(alone.inspect().served[0]?.info?.price?.lines).toHaveLength(1);
  });

  test("are asked once for a model and a version", async () => {
    const known = source("only", { m: 1 });
    const gateway = await open([known]);
    for (const _ of [1, 2, 3]) gateway.inspect();
    expect(known.asked).toEqual(["v/m"]);
    Object.assign(known, { version: "2" });
    for (const _ of [1, 2, 3]) gateway.inspect();
    expect(known.asked).toEqual(["v/m", "v/m"]);
  });

  test("fill in facts that the provider does not tell, and contradict none", async () => {
    const facts = { id: "m", name: "theirs", contextTokens: 9, status: "deprecated" as const };
    const own = { ...vendor("v").definition, models: [{ id: "m", name: "ours" }] };
    const providers = [{ provider: own, options: {}, settings: {} }];
    const gateway = await open([{ ...source("only", {}), list: () => [facts] }], { providers });
    expect(gateway.inspect().served).toMatchObject([
      { info: { name: "ours", contextTokens: 9, status: "deprecated" } },
    ]);
  });

  test("add no models to a provider that says it has no others, nor to a channel whose globs leave them out", async () => {
    const closed = vendor("c").definition;
    const gateway = await open([source("only", { m: 1, x: 1, "big-y": 1 })], {
      providers: [
        { provider: { ...closed, closed: true }, options: {}, settings: {} },
        vendor("v")({ models: ["big-*"] }),
      ],
    });
    expect(Object.keys(told(gateway))).toEqual(["c/m", "v/big-y"]);
  });

  test("tell what they changed", async () => {
    const change = { source: "only", provider: "v", model: "m", before: null, after: null, state: "active" as const };
    const gateway = await open([source("silent", {}), { ...source("only", {}), refresh: async () => [change] }]);
    expect(await gateway.refreshPrices()).toEqual([change]);
  });
});
