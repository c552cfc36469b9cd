import type { Quirks } from "@sluice/core";

type Row = readonly [glob: string, quirks: Quirks];

/** What every model of OpenAI's shares beyond the dialect's defaults. `max_tokens` is deprecated for all of them. */
export const quirks: Quirks = {
  maxTokensField: "max_completion_tokens",
  strict: true,
  reasoningIn: ["reasoning_effort"],
  hidesThinking: true,
  // Fewer output tokens are refused by the Responses endpoint.
  range: { max_output_tokens: [16, Number.MAX_SAFE_INTEGER] },
};

/** Two take function tools at the Responses endpoint only; legacy models complete texts, and no other does. */
export const modelSpeaks = [
  ["gpt-6-astra*", ["openai-responses"]],
  ["gpt-6.1-sol*", ["openai-responses"]],
  ["*-instruct*", ["openai-completions"]],
  ["davinci-*", ["openai-completions"]],
  ["babbage-*", ["openai-completions"]],
  ["*", ["openai-chat", "openai-responses"]],
] as const;

const penalties = ["presence_penalty", "frequency_penalty"];
/** Refused with any effort but `none`, which not every model takes. */
const sampling = ["temperature", "top_p", ...penalties, "logprobs", "top_logprobs", "logit_bias"];

const reasoning: Quirks = { developerRole: "developer", refuse: sampling };

/**
 * Later rows win field by field. `stop`: the SDK's types name o3 and o4-mini. Tools with reasoning: the service's own
 * error texts of 2026 for `gpt-5.4` and `gpt-5.5` (leave the effort out) and `gpt-5.6` (say `none`).
 */
export const modelQuirks: readonly Row[] = [
  ["text-embedding-ada-*", { embeddings: { dimensions: null } }],
  // These give every picture inline, and refuse to be asked how.
  ["gpt-image-*", { refuse: ["response_format"] }],
  ["o*", { ...reasoning, refuse: [...sampling, "stop"], efforts: ["low", "medium", "high"] }],
  ["gpt-5*", reasoning],
  ["gpt-6*", reasoning],
  ["gpt-5-chat-latest", { refuse: [] }],
  ["gpt-5", { efforts: ["minimal", "low", "medium", "high"] }],
  ["gpt-5-mini*", { efforts: ["minimal", "low", "medium", "high"] }],
  ["gpt-5-nano*", { efforts: ["minimal", "low", "medium", "high"] }],
  ["gpt-5.1*", { efforts: ["none", "low", "medium", "high"] }],
  ["gpt-5.4*", { reasoningWithTools: "absent" }],
  ["gpt-5.5*", { reasoningWithTools: "absent" }],
  ["gpt-5.6*", { reasoningWithTools: "none", efforts: ["none", "low", "medium", "high", "xhigh", "max"] }],
  ["gpt-6-sol*", { reasoningWithTools: "none", efforts: ["none", "low", "medium", "high", "xhigh", "max"] }],
  ["gpt-6-luna*", { reasoningWithTools: "none", efforts: ["none", "low", "medium", "high", "xhigh", "max"] }],
  ["gpt-6-astra*", { efforts: ["low", "medium", "high", "xhigh", "max"] }],
  ["gpt-6.1-sol*", { efforts: ["low", "medium", "high", "xhigh", "max"] }],
];
