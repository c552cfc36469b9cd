import type { Quirks } from "@sluice/core";

type Row = readonly [glob: string, quirks: Quirks];

/** Since Opus 4.7 the models take no sampling parameters: `temperature` is refused as deprecated. */
const noSampling: Quirks = { refuse: ["temperature", "top_p", "top_k"] };

/** Thinking that is always on: `thinking: disabled` is refused. */
const alwaysThinking: Quirks = { efforts: ["low", "medium", "high", "xhigh", "max"] };

/** Both spellings of the fifth generation, `claude-opus-5` and `claude-opus-5-5`; `claude-opus-4-5` is none of it. */
const fifth = ["fable", "haiku", "mythos", "opus", "sonnet"].flatMap((family): Row[] => [
  [`claude-${family}-5`, noSampling],
  [`claude-${family}-5-*`, noSampling],
]);

/** Later rows win field by field. */
export const modelQuirks: readonly Row[] = [
  ["claude-opus-4-7*", noSampling],
  ["claude-opus-4-8*", noSampling],
  ["claude-mythos-preview*", noSampling],
  ...fifth,
  ["claude-fable-5*", alwaysThinking],
  ["claude-mythos-5*", alwaysThinking],
  ["claude-opus-5-5*", alwaysThinking],
];
