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

  /** How often each channel stands at a place, in thousandths, over draws as a gateway makes them. */
  function sharesAt(place: number, weights: readonly number[]): number[] {
    const known = models(weights.map((weight, index) => a({ id: `c${index}`, weight })));
    const counts = weights.map(() => 0);
    const draws = 20_000;
    for (let draw = 0; draw < draws; draw++) {
      const id = known.resolve("a/m", (draw + 0.5) / draws).targets[place]?.channel.id ?? "";
      const index = Number(id.slice(1));
      counts[index] = (counts[index] ?? 0) + 1000 / draws;
    }
    return counts;
  }

  test("that come second keep their shares, however large the first one's is", () => {
    const [first, second, third] = sharesAt(1, [10_000, 1, 3]) as [number, number, number];
    expect(first).toBeLessThan(5);
    expect(second).toBeGreaterThan(220);
    expect(second).toBeLessThan(280);
    expect(third).toBeGreaterThan(720);
  });

  test("of a large group are all asked first, and second, about as often", () => {
    for (const place of [0, 1]) {
      const shares = sharesAt(
        place,
        Array.from({ length: 50 }, () => 0.1),
      );
      expect(Math.min(...shares)).toBeGreaterThan(10);
      expect(Math.max(...shares)).toBeLessThan(30);
    }
  });

  test("without weight come last, in the order in which they are listed", () => {
    const weights = fc.array(fc.constantFrom(0, 0, 1, 0.3, 7), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(weights, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (list, draw) => {
        const { targets } = models(list.map((weight, index) => a({ id: `c${index}`, weight }))).resolve("a/m", draw);
        const order = targets.map(({ channel }) => Number(channel.id.slice(1)));
        const without = list.flatMap((weight, index) => (weight === 0 ? [index] : []));
        expect(new Set(order).size).toBe(list.length);
        expect(order.slice(list.length - without.length)).toEqual(without);
      }),
    );
  });
});
