import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { secondOfDay, secondsOf, startOfDay } from "../src/calendar.ts";
import { costOf } from "../src/cost.ts";
import { convert, resolveCurrency } from "../src/currency.ts";
import { mergeUsage, noUsage, usageWith } from "../src/event.ts";
import type { Usage, UsageDetails } from "../src/event.ts";
import { createGateway } from "../src/index.ts";
import { definePrice, dollarsFor } from "../src/price.ts";
import type { PriceLine, PriceUnit } from "../src/price.ts";
import { vendor } from "./_simulated.ts";
import { fromReceiptUsage, toReceiptUsage } from "../src/receipt-usage.ts";

const at = Date.parse("2026-11-20T12:00:00Z");
const claude = definePrice({
  perMillion: {
    input_token: 3,
    output_token: 15,
    cache_read_token: 0.3,
    cache_write_token: 3.75,
    cache_write_1h_token: 6,
  },
  each: { "tool:web_search": 0.01 },
  source: "test",
  date: "2026-11-20",
});
const plain = usageWith({ inputTokens: 1_000, cacheReadTokens: 400, outputTokens: 100 });
const nano = (usage: Usage, price = claude, multiplier = 1) => costOf(usage, price, { multiplier, at }).nano;

describe("the cost of an attempt", () => {
  test("is one rounding, upward, of integers", () => {
    // 600 × 3 + 400 × 0.3 + 100 × 15 = 3420 micro-dollars
    expect(nano(plain)).toBe(3_420_000n);
    expect(nano(plain, claude, 1.2)).toBe(4_104_000n);
    const tiny = definePrice({ perMillion: { input_token: "0.000001" } });
    expect(tiny.lines).toEqual([{ unit: "input_token", pico: 1n }]);
    expect(nano(usageWith({ inputTokens: 1, outputTokens: 0 }), tiny)).toBe(1n);
  });

  test("bills what has a price of its own by that price, and the rest by what it is inside", () => {
    const details: UsageDetails = { cacheWrite1hTokens: 30, cacheWrite5mTokens: 20, toolCalls: { web_search: 2 } };
    const usage = usageWith({
      inputTokens: 200,
      cacheReadTokens: 50,
      cacheWriteTokens: 60,
      outputTokens: 10,
      reasoningTokens: 4,
      details,
    });
    // 90 × 3 + 50 × 0.3 + 30 × 3.75 + 30 × 6 + 10 × 15 = 727.5 micro-dollars, and two searches
    expect(nano(usage)).toBe(727_500n + 20_000_000n);
  });

  test("bills audio and pictures at their own rates, cached or fresh", () => {
    const price = definePrice({
      perMillion: {
        input_token: 1,
        audio_input_token: 10,
        audio_cache_read_token: 2,
        cache_read_token: 0.5,
        output_token: 4,
        audio_output_token: 20,
        image_output_token: 30,
      },
    });
    const details = { audioInputTokens: 60, audioCacheReadTokens: 20, audioOutputTokens: 5, imageOutputTokens: 7 };
    const usage = usageWith({ inputTokens: 100, cacheReadTokens: 30, outputTokens: 15, details });
    // 30 text, 10 cached text, 20 cached audio, 40 fresh audio; 3 text, 5 audio, 7 image
    expect(nano(usage, price)).toBe(
      30n * 1000n + 10n * 500n + 20n * 2000n + 40n * 10_000n + (3n * 4000n + 5n * 20_000n + 7n * 30_000n),
    );
  });

  test("bills seconds, pictures, characters, searches and requests where those have the price", () => {
    const hours = definePrice({ perHour: { audio_input_ms: "0.04" } });
    expect(nano(usageWith({ details: { audioInputMs: 1_800_000 } }), hours)).toBe(20_000_000n);
    // 1 ms is 11111.1… pico: rounded once, at the end.
    expect(nano(usageWith({ details: { audioInputMs: 1 } }), hours)).toBe(12n);
    expect(nano(usageWith({ details: { images: 3 } }), definePrice({ each: { image: 0.04 } }))).toBe(120_000_000n);
    expect(nano(usageWith({ details: { characters: 5 } }), definePrice({ perMillion: { character: 15 } }))).toBe(
      75_000n,
    );
    expect(nano(usageWith({ details: { searchUnits: 2 } }), definePrice({ each: { search_unit: 0.002 } }))).toBe(
      4_000_000n,
    );
    expect(nano(noUsage, definePrice({ each: { request: 0.005 } }))).toBe(5_000_000n);
    const both = definePrice({ perMillion: { input_token: 1, output_token: 1 }, each: { request: 0.005 } });
    expect(nano(usageWith({ inputTokens: 10, outputTokens: 0 }), both)).toBe(5_010_000n);
  });

  test("follows the tier, the size of the input, the day and the hour", () => {
    const price = definePrice({
      perMillion: { input_token: 1, output_token: 2 },
      also: [
        { when: { inputAbove: 200_000 }, perMillion: { input_token: 2 } },
        { when: { serviceTier: "flex" }, perMillion: { input_token: 0.5 } },
        { when: { from: "2026-12-01" }, perMillion: { input_token: 7 } },
        { when: { between: ["16:30:00", "00:30:00"] }, perMillion: { output_token: 1 } },
      ],
    });
    const cost = (inputTokens: number, details?: UsageDetails, time = at) =>
      costOf(usageWith({ inputTokens, outputTokens: 1_000, ...(details ? { details } : {}) }), price, { at: time })
        .nano;
    expect(cost(200_000)).toBe(200_000_000n + 2_000_000n);
    expect(cost(200_001)).toBe(400_002_000n + 2_000_000n);
    expect(cost(1_000, { serviceTier: "flex" })).toBe(500_000n + 2_000_000n);
    expect(cost(1_000, undefined, Date.parse("2026-12-01T00:00:00Z"))).toBe(7_000_000n + 1_000_000n);
    expect(cost(1_000, undefined, Date.parse("2026-11-20T16:30:00Z"))).toBe(1_000_000n + 1_000_000n);
    expect(cost(1_000, undefined, Date.parse("2026-11-20T00:30:00Z"))).toBe(1_000_000n + 2_000_000n);
  });

  test("follows what was made: sizes and qualities of pictures", () => {
    const price = definePrice({
      each: { image: 0.04 },
      also: [
        { when: { variant: "1792x1024/*" }, each: { image: 0.08 } },
        { when: { variant: "*/hd" }, each: { image: 0.12 } },
      ],
    });
    const cost = (variant?: string) =>
      nano(usageWith({ details: { images: 1, ...(variant === undefined ? {} : { variant }) } }), price);
    expect([cost(), cost("1024x1024/standard"), cost("1792x1024/standard"), cost("1792x1024/hd")]).toEqual([
      40_000_000n,
      40_000_000n,
      80_000_000n,
      120_000_000n,
    ]);
  });

  test("is unknown, never 0, where something that was used has no price or was not counted", () => {
    const unpriced = (usage: Usage, price = claude) => {
      const cost = costOf(usage, price, { at });
      return cost.nano === null ? cost.unpriced : cost.nano;
    };
    expect(unpriced({ ...plain, outputTokens: null })).toEqual(["output_token"]);
    expect(unpriced({ ...plain, details: { toolCalls: { computer: 1 } } })).toEqual(["tool:computer"]);
    expect(unpriced(noUsage, definePrice({ each: { image: 1 } }))).toEqual(["image"]);
    expect(unpriced(plain, definePrice({ each: { "tool:web_search": 1 } }))).toEqual(["input_token"]);
    // An embedding has no output to pay for.
    expect(unpriced(usageWith({ inputTokens: 5 }), definePrice({ perMillion: { input_token: 1 } }))).toBe(5_000n);
  });

  test("is exactly the rational sum of its lines, rounded up", () => {
    fc.assert(
      fc.property(usages, prices, fc.integer({ min: 0, max: 3_000_000 }), (usage, price, millionths) => {
        const cost = costOf(usage, price, { multiplier: millionths / 1_000_000, at });
        if (cost.nano === null) return;
        const fractions = cost.lines.map(({ line, quantity }): Fraction => [quantity * line.pico, line.per ?? 1n]);
        const [above, below] = fractions.reduce(sum, [0n, 1n]);
        const exact: Fraction = [above * BigInt(millionths), below * 10n ** 9n];
        expect(cost.nano * exact[1]).toBeGreaterThanOrEqual(exact[0]);
        expect((cost.nano - 1n) * exact[1]).toBeLessThan(exact[0] === 0n ? 1n : exact[0]);
      }),
    );
  });

  test("bills every token once", () => {
    const units: PriceUnit[] = [
      "input_token",
      "cache_read_token",
      "audio_input_token",
      "image_cache_read_token",
      "cache_write_1h_token",
      "output_token",
      "reasoning_token",
      "image_output_token",
    ];
    fc.assert(
      fc.property(usages, fc.subarray(units), (usage, more) => {
        const one = Object.fromEntries(["input_token", "output_token", ...more].map((unit) => [unit, 1]));
        const { nano: total } = costOf(
          { ...usage, details: { ...usage.details, toolCalls: {} } },
          definePrice({ perMillion: one }),
          { at },
        );
        expect(total).toBe(BigInt(usage.inputTokens ?? 0) * 1000n + BigInt(usage.outputTokens ?? 0) * 1000n);
      }),
    );
  });

  test("never falls when more was used or a price rises", () => {
    fc.assert(
      fc.property(usages, prices, fc.nat(1000), (usage, price, more) => {
        const known = nano(usage, price);
        if (known === null) return;
        expect(
          nano(
            { ...usage, inputTokens: (usage.inputTokens ?? 0) + more, outputTokens: (usage.outputTokens ?? 0) + more },
            price,
          ),
        ).toBeGreaterThanOrEqual(known);
        const dearer = {
          ...price,
          lines: price.lines.map((line): PriceLine => ({ ...line, pico: line.pico + BigInt(more) })),
        };
        expect(nano(usage, dearer)).toBeGreaterThanOrEqual(known);
      }),
    );
  });

  test("never falls below 0 for lying usage", () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), fc.double(), (inputTokens, outputTokens, cacheReadTokens) => {
        expect(nano({ ...plain, inputTokens, outputTokens, cacheReadTokens })).toBeGreaterThanOrEqual(0n);
      }),
    );
  });
});

describe("a price", () => {
  test("keeps decimals exactly, and takes the dust of binary fractions for what was meant", () => {
    const pico = (dollars: string | number) => definePrice({ perMillion: { input_token: dollars } }).lines[0];
    expect(pico(0.1 + 0.2)).toEqual(pico("0.3"));
    expect(pico(0.034999999999999996)).toEqual({ unit: "input_token", pico: 35_000n });
    expect(pico("0.0000001")).toEqual({ unit: "input_token", pico: 1n, per: 10n });
    expect(pico(1e-7)).toEqual(pico("0.0000001"));
    expect(definePrice({ perHour: { video_output_ms: 36 } }).lines).toEqual([
      { unit: "video_output_ms", pico: 10_000_000n },
    ]);
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 9n), fc.nat(12), (digits, places) => {
        const text = digits.toString().padStart(places + 1, "0");
        const decimal = places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
        const line = pico(decimal);
        expect((line?.pico ?? -1n) * 10n ** BigInt(places)).toBe(digits * 10n ** 6n * (line?.per ?? 1n));
        expect(Number(dollarsFor(line as PriceLine, 1_000_000n))).toBeCloseTo(Number(decimal), 12);
      }),
    );
  });

  test.each([
    ["", "a blank"],
    ["-1", "a negative amount"],
    ["1,5", "another notation"],
    [Number.NaN, "no number"],
    [Number.POSITIVE_INFINITY, "no end"],
    [null, "null"],
    ["99999999999", "more than anything costs"],
  ])("is never %j: %s", (dollars, _what) => {
    expect(() => definePrice({ each: { image: dollars as string } })).toThrow(
      expect.objectContaining({ code: "SLUICE_CONFIG_INVALID" }),
    );
  });

  test("knows its units, its fields, its conditions and its day", () => {
    const refused = (config: object) => () => definePrice(config as never);
    expect(refused({ each: { pictures: 1 } })).toThrow("is no unit");
    expect(refused({ perMillions: { input_token: 1 } })).toThrow("perMillions");
    expect(refused({})).toThrow("names no price");
    expect(refused({ each: { image: 1 }, date: "2026-02-30" })).toThrow("no day");
    expect(refused({ each: { image: 1 }, when: { tier: "flex" } })).toThrow("tier");
    expect(refused({ each: { image: 1 }, when: { inputAbove: -1 } })).toThrow("no count");
    expect(refused({ each: { image: 1 }, also: [{ each: { image: "x" } }] })).toThrow("also[0]");
  });

  test("has the version of its content", () => {
    const price = (config: object) => definePrice({ perMillion: { input_token: 1 }, ...config }).version;
    expect(price({ source: "a", date: "2026-01-01" })).toBe(price({ source: "b" }));
    expect(price({})).not.toBe(price({ perMillion: { input_token: 2 } }));
    expect(price({})).not.toBe(price({ when: { serviceTier: "flex" } }));
    expect(price({})).toMatch(/^[0-9a-f]{16}$/);
  });
});

test("days and times are those of the calendar", () => {
  fc.assert(
    fc.property(fc.date({ min: new Date("1600-01-01"), max: new Date("2400-12-31"), noInvalidDate: true }), (date) => {
      const [day, time] = date.toISOString().split(/[T.]/) as [string, string];
      expect(startOfDay(day)).toBe(Date.parse(`${day}T00:00:00Z`));
      expect(secondOfDay(date.getTime())).toBe(secondsOf(time));
    }),
  );
  for (const none of ["2026-02-29", "2026-04-31", "2026-13-01", "2026-1-1", "1900-02-29", ""]) {
    expect(startOfDay(none)).toBeNull();
  }
  expect(secondsOf("24:00:00")).toBeNull();
});

test("a channel's multiplier has at most six decimals, and says so instead of being rounded", () => {
  const open = (multiplier: number) => createGateway({ providers: [vendor("v")({ multiplier })] });
  expect(() => open(1.234567)).not.toThrow();
  expect(() => open(1.2345678)).toThrow("six decimals");
});

describe("a display currency", () => {
  const config = { code: "CNY", rate: { numerator: 712, denominator: 100 }, date: "2026-11-20", source: "a bank" };

  test("is the exact amount by the rate, rounded up to a nano", () => {
    const currency = resolveCurrency(config);
    expect(currency && convert(1_000_000_000n, currency)).toBe(7.12);
    expect(currency && convert(1n, currency)).toBe(8e-9);
    expect(currency?.field).toBe("cost_cny");
    expect(resolveCurrency(undefined)).toBeNull();
  });

  test.each([
    { code: "cny" },
    { code: "USD" },
    { rate: { numerator: 7.12, denominator: 1 } },
    { rate: { numerator: 7, denominator: 0 } },
    { date: "yesterday" },
    { source: "" },
    { rates: 1 },
  ])("is refused with %j", (change) => {
    expect(() => resolveCurrency({ ...config, ...change })).toThrow(
      expect.objectContaining({ code: "SLUICE_CONFIG_INVALID" }),
    );
  });
});

describe("usage", () => {
  test("keeps the last known count of each field, details too", () => {
    const known = usageWith({ inputTokens: 5, details: { audioInputTokens: 3, toolCalls: { web_search: 1 } } });
    const next = usageWith({ outputTokens: 7, details: { audioOutputTokens: 2, toolCalls: { code_execution: 1 } } });
    expect(mergeUsage(known, next)).toEqual(
      usageWith({
        inputTokens: 5,
        outputTokens: 7,
        details: { audioInputTokens: 3, audioOutputTokens: 2, toolCalls: { web_search: 1, code_execution: 1 } },
      }),
    );
    expect(mergeUsage(noUsage, next)).toEqual(next);
    expect(mergeUsage(plain, noUsage)).toEqual(plain);
  });

  test("comes back from a receipt as it went in", () => {
    fc.assert(
      fc.property(usages, (usage) => {
        expect(fromReceiptUsage(toReceiptUsage(usage) ?? never())).toEqual(usage);
      }),
    );
    expect(toReceiptUsage(noUsage)).toBeNull();
  });
});

type Fraction = [above: bigint, below: bigint];

function sum([a, b]: Fraction, [c, d]: Fraction): Fraction {
  return [a * d + c * b, b * d];
}

function never(): never {
  throw new TypeError("a count was lost");
}

const count = fc.nat(10_000_000);
const details: fc.Arbitrary<UsageDetails> = fc.record(
  {
    cacheWrite5mTokens: count,
    cacheWrite1hTokens: count,
    audioInputTokens: count,
    imageInputTokens: count,
    audioCacheReadTokens: count,
    imageCacheReadTokens: count,
    audioOutputTokens: count,
    imageOutputTokens: count,
    images: fc.nat(100),
    audioInputMs: count,
    toolCalls: fc.dictionary(fc.constantFrom("web_search", "code_execution"), fc.nat(9)),
    serviceTier: fc.constantFrom("default", "flex"),
    variant: fc.constantFrom("1024x1024/hd", "720p"),
  },
  { requiredKeys: ["audioInputTokens"] },
);
const usages: fc.Arbitrary<Usage> = fc.record({
  inputTokens: count,
  cacheReadTokens: fc.option(count),
  cacheWriteTokens: fc.option(count),
  outputTokens: count,
  reasoningTokens: fc.option(count),
  details,
});
const dollars = fc.integer({ min: 0, max: 10_000_000 }).map((micro) => micro / 100_000);
const prices = fc
  .record(
    {
      input_token: dollars,
      cache_read_token: dollars,
      cache_write_token: dollars,
      audio_input_token: dollars,
      output_token: dollars,
      reasoning_token: dollars,
      "tool:web_search": dollars,
    },
    { requiredKeys: ["input_token", "output_token"] },
  )
  .map((perMillion) => definePrice({ perMillion, perHour: { audio_input_ms: "0.07" } }));
