import type { Quirks } from "@sluice/core";

// Every quirk has a row, or this does not compile.
const quirkNames: Record<keyof Required<Quirks>, true> = {
  maxTokensField: true,
  developerRole: true,
  laterSystem: true,
  streamOptions: true,
  done: true,
  usageAt: true,
  reasoningTokens: true,
  searchesBilled: true,
  reasoningField: true,
  reasoningEcho: true,
  thinkTags: true,
  toolIdPattern: true,
  toolChoiceRequired: true,
  toolChoiceNamed: true,
  efforts: true,
  reasoningIn: true,
  hidesThinking: true,
  cacheMarks: true,
  reasoningWithTools: true,
  schema: true,
  strict: true,
  finishReasons: true,
  rename: true,
  refuse: true,
  range: true,
  errorCodes: true,
  rerank: true,
  embeddings: true,
  patchStream: true,
};

/** The names in a quirks object that no codec reads. */
export function unknownQuirks(quirks: Quirks): string[] {
  return Object.keys(quirks).filter((name) => !(name in quirkNames));
}

/** Whether a base URL is fit for a credential: https, or plain http to this machine; no slash, query or user at its end. */
export function isBaseURL(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  const secure = url.protocol === "https:" || (url.protocol === "http:" && local);
  return secure && !text.endsWith("/") && url.search === "" && url.hash === "" && url.username === "";
}
