import { defineGateway } from "@sluice/core";
import { anthropic } from "@sluice/provider-anthropic";
import { compatible } from "@sluice/provider-compatible";
import { gemini } from "@sluice/provider-gemini";
import { mock } from "@sluice/provider-mock";
import { openai } from "@sluice/provider-openai";
import { greeting } from "./greeting.ts";
import { paidFirst } from "./paid-first.ts";
import { flood, upstream } from "./upstream.ts";

/** The gateway that every runtime must serve alike. */
export default defineGateway({
  providers: [
    mock(),
    openai({ baseURL: `${upstream}/v1`, apiKey: "sk-openai" }),
    anthropic({ baseURL: `${upstream}/v1`, apiKey: "sk-anthropic" }),
    gemini({ baseURL: `${upstream}/v1beta`, apiKey: "sk-gemini" }),
    compatible({ id: "flood", baseURL: `${flood}/v1`, apiKey: "sk-flood", speaks: ["openai-chat", "openai-speech"] }),
  ],
  models: {
    default: { targets: ["openai/gpt-4.1-mini", "anthropic/claude-sonnet-4-5"] },
    tiered: { targets: ["mock/echo", "openai/gpt-4.1-mini"] },
  },
  plugins: [greeting(), paidFirst()],
  // workerd notices a closed connection when it writes to it: before the first token that is the next keep-alive.
  timeouts: { keepAliveMs: 500 },
});
