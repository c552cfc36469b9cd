import { defineGateway } from "@sluice/core";
import { anthropic } from "@sluice/provider-anthropic";
import { gemini } from "@sluice/provider-gemini";
import { openai } from "@sluice/provider-openai";
import { idlePlugin } from "./idle-plugin.ts";
import { memoryLog } from "./memory-log.ts";

const {
  BENCH_UPSTREAM = "http://127.0.0.1:9",
  BENCH_CHANNELS = "3",
  BENCH_MODELS = "0",
  BENCH_PLUGINS = "0",
} = process.env;
const channels = Number(BENCH_CHANNELS);

/**
 * Configurations A and C of the benchmark in one build: which one is measured is decided by the model that is asked for.
 * `chat` is spread over the OpenAI channels (A); `claude` and `flash` are translated (C).
 */
export default defineGateway({
  providers: [
    ...numbered(channels, (number) =>
      openai({ id: `openai-${number}`, baseURL: `${BENCH_UPSTREAM}/v1`, apiKey: "sk-bench-openai" }),
    ),
    anthropic({ baseURL: `${BENCH_UPSTREAM}/v1`, apiKey: "sk-bench-anthropic" }),
    gemini({ baseURL: `${BENCH_UPSTREAM}/v1beta`, apiKey: "sk-bench-gemini" }),
  ],
  models: {
    chat: { targets: ["openai/gpt-4.1-mini"] },
    // The same channels however many others there are.
    few: { targets: numbered(Math.min(3, channels), (number) => `openai-${number}/gpt-4.1-mini`) },
    vector: { targets: ["openai/text-embedding-3-small"] },
    claude: { targets: ["anthropic/claude-sonnet-4-5"] },
    flash: { targets: ["gemini/gemini-2.5-flash"] },
    ...Object.fromEntries(
      numbered(Number(BENCH_MODELS), (number) => [`model-${number}`, { targets: ["openai/gpt-4.1-mini"] }] as const),
    ),
  },
  plugins: [memoryLog({ rows: 1000 }), ...numbered(Number(BENCH_PLUGINS), idlePlugin)],
  receipt: "headers",
});

function numbered<T>(count: number, make: (number: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index + 1));
}
