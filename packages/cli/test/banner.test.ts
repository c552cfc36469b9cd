import { describe, expect, test } from "vitest";
import { exampleModel, formatBanner } from "../src/banner.ts";
import { createPaint } from "../src/paint.ts";
import { inspection, served } from "./_inspection.ts";

const plain = createPaint(false);
const options = { version: "0.1.0", readyMs: 311.6, url: "http://localhost:4000", busyPort: null, network: null };

describe("the banner", () => {
  test("says where the API is, how each channel stands, what names lead to, and what to try", () => {
    expect(formatBanner(inspection(), options, plain)).toBe(`
  sluice 0.1.0   ready in 312 ms

  ➜ API        http://localhost:4000/v1            OpenAI-compatible  (also /claude, /gemini)
  ➜ Network    off — use --host

  Channels     mock         ✔ mock, no key needed
               openai       ✔ OPENAI_API_KEY
               anthropic    – no key (set ANTHROPIC_API_KEY)
  Routes       default   openai/gpt-5.4 → mock/echo
  Models       2 ready

  curl localhost:4000/v1/chat/completions \\
       -H "content-type: application/json" -d '{"model":"default","messages":[{"role":"user","content":"hi"}]}'
`);
  });

  test("names no dialect that is not served", () => {
    expect(formatBanner(inspection({ routes: [] }), options, plain)).not.toContain("/claude");
  });

  test("says that the wanted port was taken", () => {
    expect(formatBanner(inspection(), { ...options, busyPort: 4000 }, plain)).toContain(
      "Port 4000 is taken; this is the next free one.",
    );
  });

  test("cuts a long list of names visibly", () => {
    const models = Array.from({ length: 8 }, (_, index) => ({
      name: `m${index}`,
      kind: "alias" as const,
      targets: ["mock/echo"],
    }));
    expect(formatBanner(inspection({ models }), options, plain)).toContain("and 2 more: sluice inspect");
  });
});

describe("the model to try first", () => {
  test("is `default` where there is one", () => {
    const models = ["fast", "default"].map((name) => ({ name, kind: "alias" as const, targets: ["mock/echo"] }));
    expect(exampleModel(inspection({ models, served: [served("fast"), served("default")] }))).toBe("default");
  });

  test("is an alias that is served before one that is not", () => {
    const models = ["default", "fast"].map((name) => ({ name, kind: "alias" as const, targets: ["mock/echo"] }));
    expect(exampleModel(inspection({ models, served: [served("fast")] }))).toBe("fast");
  });

  test("is whatever is served without aliases, and nothing when nothing is", () => {
    expect(exampleModel(inspection({ models: [], served: [served("mock/echo")] }))).toBe("mock/echo");
    expect(exampleModel(inspection({ models: [], served: [] }))).toBeNull();
  });
});
