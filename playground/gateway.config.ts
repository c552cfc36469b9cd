import { defineGateway } from "@sluice/core";
import { jobs } from "@sluice/jobs";
import { prices } from "@sluice/prices";
import { anthropic } from "@sluice/provider-anthropic";
import { gemini } from "@sluice/provider-gemini";
import { mock } from "@sluice/provider-mock";
import { openai } from "@sluice/provider-openai";
import { visits } from "./plugins/visits.ts";
import { longPrompts } from "./routes/long-prompts.ts";

/** Everything on. Without a key the mock answers; with one in `.env` the vendor does. */
export default defineGateway({
  providers: [mock(), openai(), anthropic(), gemini()],
  models: {
    default: { targets: ["openai/gpt-5.4", "mock/echo"] },
    // Its first target fails now and then, so that a fallback is seen within a minute.
    sturdy: { targets: ["mock/flaky", "mock/lorem"] },
    "claude-*": "anthropic/*",
  },
  plugins: [prices(), jobs(), visits(), longPrompts({ characters: 20_000 })],
});
