import { describe, expect, test } from "vitest";
import { encode } from "./_encoding.ts";

describe("sampling", () => {
  test("is clamped or left out, never silently", () => {
    const { body, warnings } = encode({
      sampling: {
        temperature: 1.7,
        seed: 4,
        frequencyPenalty: 1,
        presencePenalty: 0,
        logitBias: { "1": 2 },
        stop: ["", "\n", "END"],
      },
    });
    expect(body).toMatchObject({ temperature: 1, stop_sequences: ["END"] });
    expect(new Set(warnings.map((warning) => warning.field))).toEqual(
      new Set(["frequency_penalty", "logit_bias", "seed", "stop", "temperature"]),
    );
  });

  test("takes temperature or top_p, not both", () => {
    const { body, codes } = encode({ sampling: { temperature: 0.5, topP: 0.9 } });
    expect(body).toMatchObject({ temperature: 0.5 });
    expect(body).not.toHaveProperty("top_p");
    expect(codes).toEqual(["dropped_parameter"]);
  });

  test("is fixed while the model thinks", () => {
    const { body, codes } = encode({
      sampling: { temperature: 0.2, topK: 4, topP: 0.5 },
      reasoning: { adaptive: true },
    });
    expect(body).toMatchObject({ top_p: 0.95, thinking: { type: "adaptive" } });
    expect(body).not.toHaveProperty("temperature");
    expect(body).not.toHaveProperty("top_k");
    expect(codes).toEqual(["dropped_parameter", "dropped_parameter", "clamped_parameter"]);
  });

  test.for([
    ["n", { n: 2 }],
    ["logprobs", { logprobs: true }],
    ["logprobs", { topLogprobs: 3 }],
  ] as const)("refuses %s: %j", ([field, sampling]) => {
    expect(() => encode({ sampling })).toThrowError(
      expect.objectContaining({ code: "SLUICE_REQUEST_UNSUPPORTED", param: field }),
    );
  });
});
