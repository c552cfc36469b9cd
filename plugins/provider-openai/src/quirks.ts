import type { Quirks } from "@sluice/core";

/** What every model of OpenAI's shares beyond the dialect's defaults. `max_tokens` is deprecated for all of them. */
export const quirks: Quirks = { maxTokensField: "max_completion_tokens", strict: true };

/** Refused with any effort but `none`, which the newer models do not take. */
const sampling = [
  "temperature",
  "top_p",
  "presence_penalty",
  "frequency_penalty",
  "logprobs",
  "top_logprobs",
  "logit_bias",
];

const reasoning: Quirks = { developerRole: "developer", refuse: sampling };

/**
 * Later rows win field by field. `stop`: the SDK's types name o3 and o4-mini. Tools with reasoning: the service's own
 * error texts of 2026 for `gpt-5.4` and `gpt-5.5` (leave the effort out) and `gpt-5.6` (say `none`).
 */
export const modelQuirks: readonly (readonly [glob: string, quirks: Quirks])[] = [
  ["o*", { ...reasoning, refuse: [...sampling, "stop"] }],
  ["gpt-5*", reasoning],
  ["gpt-6*", reasoning],
  ["gpt-5*-chat-latest", { refuse: [] }],
  ["gpt-5.4*", { reasoningWithTools: "absent" }],
  ["gpt-5.5*", { reasoningWithTools: "absent" }],
  ["gpt-5.6*", { reasoningWithTools: "none" }],
  ["gpt-6-sol*", { reasoningWithTools: "none" }],
  ["gpt-6-luna*", { reasoningWithTools: "none" }],
];
