import { expect, test } from "vitest";
import { encode } from "./_encoding.ts";

test("reports every field of another dialect that has no equivalent", () => {
  const { warnings } = encode({
    metadata: { project: "x" },
    serviceTier: "flex",
    origin: { dialect: "openai-chat", rest: { verbosity: "low", store: true }, prefers: {} },
  });
  expect(warnings.map((warning) => warning.field)).toEqual(["metadata", "service_tier", "verbosity", "store"]);
});
