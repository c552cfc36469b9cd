/** What the upstream is asked to answer with. Written into the first user message, which every dialect keeps. */
export const kinds = [
  "chat",
  "embeddings",
  "burst",
  "paced",
  "big",
  "fault-500",
  "fault-429",
  "fault-reset",
  "fault-cut",
] as const;
export type Kind = (typeof kinds)[number];

export function markerOf(kind: Kind): string {
  return `[bench:${kind}]`;
}
