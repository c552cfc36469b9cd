import type { MockUpstream } from "../src/index.ts";

export const dialects = ["openai-chat", "openai-responses", "anthropic", "gemini"] as const;
export type DialectId = (typeof dialects)[number];

export interface CallOptions {
  stream?: boolean;
  text?: string;
  model?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

const models: Record<DialectId, string> = {
  "openai-chat": "gpt-4.1-mini",
  "openai-responses": "gpt-4.1-mini",
  anthropic: "claude-haiku-4-5",
  gemini: "gemini-2.5-flash",
};

/** A plain HTTP call in a dialect, for what no SDK would send or survive. */
export function call(upstream: MockUpstream, dialect: DialectId, options: CallOptions = {}): Promise<Response> {
  const { stream = false, text = "one two three four five", signal } = options;
  const model = options.model ?? models[dialect];
  const messages = [{ role: "user", content: text }];
  const post = (path: string, key: Record<string, string>, body: unknown) =>
    fetch(upstream.baseURL(dialect) + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...key, ...options.headers },
      body: JSON.stringify(body),
      redirect: "manual",
      ...(signal === undefined ? {} : { signal }),
    });
  if (dialect === "openai-chat") {
    const usage = stream ? { stream_options: { include_usage: true } } : {};
    return post("/chat/completions", { authorization: "Bearer k" }, { model, messages, stream, ...usage });
  }
  if (dialect === "openai-responses")
    return post("/responses", { authorization: "Bearer k" }, { model, input: messages, stream });
  if (dialect === "anthropic") {
    const headers = { "x-api-key": "k", "anthropic-version": "2023-06-01" };
    return post("/messages", headers, { model, messages, stream, max_tokens: 100 });
  }
  const action = stream ? "streamGenerateContent?alt=sse" : "generateContent";
  return post(
    `/models/${model}:${action}`,
    { "x-goog-api-key": "k" },
    { contents: [{ role: "user", parts: [{ text }] }] },
  );
}

/** The bytes of a body until it ends or fails. */
export async function drain(response: Response): Promise<{ body: string; writes: number; error: unknown }> {
  const parts: Uint8Array[] = [];
  let error: unknown = null;
  try {
    for await (const part of response.body ?? []) parts.push(part as Uint8Array);
  } catch (thrown) {
    error = thrown;
  }
  return { body: Buffer.concat(parts).toString("utf8"), writes: parts.length, error };
}
