import type { Quirks } from "@sluice/core";

/** Since Opus 4.7 sampling is fixed: only the neutral values are taken, and `top_k` is refused. */
const fixedSampling: Quirks = { range: { temperature: [1, 1], top_p: [0.99, 1] }, refuse: ["top_k"] };

export const modelQuirks: readonly (readonly [glob: string, quirks: Quirks])[] = [
  ["claude-opus-4-7*", fixedSampling],
  ["claude-opus-4-8*", fixedSampling],
  ["claude-*-5", fixedSampling],
  ["claude-*-5-*", fixedSampling],
  // The globs above also match the second number of these.
  ["claude-*-4-5", { range: {}, refuse: [] }],
  ["claude-*-4-5-*", { range: {}, refuse: [] }],
];
