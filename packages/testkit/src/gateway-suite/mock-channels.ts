import { defineProvider } from "@sluice/core";
import type { ChannelSpec } from "@sluice/core";
import { dialects } from "@sluice/dialects";
import type { MockUpstream } from "../mock-upstream/server.ts";

const vendors = [
  { id: "mock-openai", speaks: "openai-chat", auth: { type: "bearer" } },
  { id: "mock-responses", speaks: "openai-responses", auth: { type: "bearer" } },
  { id: "mock-anthropic", speaks: "anthropic", auth: { type: "header", name: "x-api-key" } },
  { id: "mock-gemini", speaks: "gemini", auth: { type: "header", name: "x-goog-api-key" } },
] as const;

/** A model of each channel of `mockChannels`, by the upstream's dialect. */
export const mockModels = {
  "openai-chat": "mock-openai/gpt-4.1-mini",
  "openai-responses": "mock-responses/gpt-5-mini",
  anthropic: "mock-anthropic/claude-haiku-4-5",
  gemini: "mock-gemini/gemini-2.5-flash",
} as const;

/** One channel for each wire format of a mock upstream, for a gateway under test: `mock-openai/…`, `mock-responses/…`, `mock-anthropic/…`, `mock-gemini/…`. */
export function mockChannels(upstream: MockUpstream): ChannelSpec<{}>[] {
  return vendors.map(({ id, speaks, auth }) => {
    const provider = defineProvider({
      id,
      name: id,
      dialects,
      speaks: [speaks],
      baseURL: upstream.baseURL(speaks),
      keyVariables: ["MOCK_UPSTREAM_KEY"],
      auth,
    });
    return provider({ apiKey: "mock-upstream-key" });
  });
}
