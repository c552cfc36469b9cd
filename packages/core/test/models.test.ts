import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openChannels } from "../src/channels.ts";
import { Models } from "../src/models.ts";
import type { ModelConfig } from "../src/config.ts";
import type { ChannelSpec } from "../src/provider.ts";
import { createWorld } from "@sluice/testkit";
import { vendor } from "./_simulated.ts";

const { ports } = createWorld({ seed: 1 });
const models = (specs: ChannelSpec[], config: Record<string, ModelConfig> = {}) =>
  new Models(config, openChannels(specs, {}, ports), {});
const ids = (specs: ChannelSpec[], name: string, config: Record<string, ModelConfig> = {}, draw = 0) =>
  models(specs, config)
    .resolve(name, draw)
    .targets.map((target) => target.id);

const a = vendor("a");
const b = vendor("b");

describe("a model name", () => {
  test("may be provider/model, over every channel of the provider", () => {
    expect(ids([a(), a({ id: "a-2" })], "a/anything")).toEqual(["a/anything", "a-2/anything"]);
  });

  test("may be channel/model", () => {
    expect(ids([a({ id: "east" }), a({ id: "west" })], "west/m")).toEqual(["west/m"]);
  });

  test("may be a raw id that channels list or match", () => {
    expect(ids([a(), b({ models: ["m*"] }), vendor("c")({ models: ["x"] })], "m")).toEqual(["a/m", "b/m"]);
    expect(ids([b({ models: ["meta/*"] })], "meta/llama")).toEqual(["b/meta/llama"]);
  });

  test("may be an alias, also of an alias, or a pattern, the longest first", () => {
    const config = { fast: { targets: ["b/m", "a/m"] }, best: "fast", "claude-*": "a/*", "claude-opus-*": "b/*" };
    expect(ids([a(), b()], "best", config)).toEqual(["b/m", "a/m"]);
    expect(ids([a(), b()], "claude-x", config)).toEqual(["a/claude-x"]);
    expect(ids([a(), b()], "claude-opus-x", config)).toEqual(["b/claude-opus-x"]);
  });

  test("is renamed for the channel that calls it something else", () => {
    expect(ids([a({ rename: { nice: "m-2026" } })], "nice")).toEqual(["a/m-2026"]);
  });

  test("skips channels that cannot serve, and says why", () => {
    const { targets, skipped } = models([a({ enabled: false }), a({ id: "a-2" })]).resolve("a/m", 0);
    expect(targets.map(({ id }) => id)).toEqual(["a-2/m"]);
    expect(skipped).toEqual([{ target: "a/m", reason: "the channel is disabled" }]);
  });

  test("that nobody serves is refused with a guess", () => {
    expect(() => ids([a()], "aa/m")).toThrow(
      expect.objectContaining({ code: "SLUICE_ROUTE_UNKNOWN_MODEL", hint: expect.stringContaining('"a/m"') }),
    );
  });

  test("is served alike however many names were asked before", () => {
    const many = models([a()]);
    for (let index = 0; index < 3_000; index++) many.resolve(`a/model-${index}`, 0);
    expect(many.resolve("a/m", 0).targets.map(({ id }) => id)).toEqual(["a/m"]);
  });
});

describe("channels of one provider", () => {
  test("are ordered by priority, then by weight as often as their share", () => {
    const known = models([a({ weight: 3 }), a({ id: "a-2" }), a({ id: "last", priority: 1, weight: 100 })]);
    const draws = Array.from({ length: 1_000 }, (_, index) => index / 1_000);
    const first = draws.map((draw) => known.resolve("a/m", draw).targets[0]?.channel.id);
    expect(first.filter((id) => id === "a")).toHaveLength(750);
    expect(first).not.toContain("last");
  });

  test("keep every target exactly once, whatever the weights and the draw", () => {
    const weights = fc.array(fc.double({ min: 0.001, max: 1_000, noNaN: true }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(weights, fc.double({ min: 0, max: 0.999_999, noNaN: true }), (list, draw) => {
        const { targets } = models(list.map((weight, index) => a({ id: `c${index}`, weight }))).resolve("a/m", draw);
        expect(targets.map(({ id }) => id).toSorted()).toEqual(list.map((_, index) => `c${index}/m`).toSorted());
      }),
    );
  });
});
