import type { Quirks } from "@sluice/core";
import { expect, test } from "vitest";
import { upstream } from "../fixtures.ts";

test.each<[Quirks, boolean]>([
  [{}, true],
  [{ maxTokensField: "max_completion_tokens", refuse: ["stop"], reasoningEcho: "always" }, true],
  [{ done: "optional" }, false],
  [{ usageAt: ["x_groq.usage"] }, false],
  [{ reasoningTokens: "outside" }, false],
  [{ reasoningField: "reasoning" }, false],
  [{ thinkTags: true }, false],
  [{ finishReasons: {} }, false],
  [{ patchStream: true }, false],
])("frames of a vendor with %j can be relayed: %s", (quirks, expected) => {
  expect(upstream.relayable(quirks)).toBe(expected);
});
