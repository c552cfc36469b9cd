import { expect, test } from "vitest";
import { dialects } from "../src/index.ts";

// Vendors know the operator's account alone. What means something within an account must not come from one of many callers:
// an idempotency key of one could give another the first one's answer.
const harmless = new Set(["openai-beta", "anthropic-version", "anthropic-beta", "x-goog-api-client", "x-client-name"]);

test.each(dialects.map((dialect) => [dialect.id, dialect] as const))(
  "%s passes no header of a caller's that is about the operator's account",
  (_, { upstream }) => {
    expect((upstream?.passHeaders ?? []).filter((name) => !harmless.has(name))).toEqual([]);
  },
);
