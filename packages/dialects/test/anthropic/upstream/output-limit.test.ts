import { describe, expect, test } from "vitest";
import { target } from "../fixtures.ts";
import { encode, info } from "./_encoding.ts";

describe("the output limit", () => {
  test.for([
    ["the caller's", { maxTokens: 50 }, null, 50, []],
    ["the model's own where the caller names none", {}, 64_000, 64_000, []],
    ["4096 where nobody knows", {}, null, 4096, []],
    ["never above the model's own", { maxTokens: 99_000 }, 64_000, 64_000, ["clamped_parameter"]],
  ] as const)("is %s", ([, sampling, most, limit, codes]) => {
    const { body, codes: found } = encode({ sampling }, most === null ? target : info({ maxOutputTokens: most }));
    expect(body["max_tokens"]).toBe(limit);
    expect(found).toEqual(codes);
  });

  test("makes room for a thinking budget that comes without a limit", () => {
    expect(encode({ reasoning: { budgetTokens: 8000 } }).body).toMatchObject({
      max_tokens: 12_096,
      thinking: { type: "enabled", budget_tokens: 8000 },
    });
  });
});
