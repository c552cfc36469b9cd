import type { Receipt } from "@sluice/core";
import { cutFrames } from "@sluice/core";
import { createSseReader } from "@sluice/dialects";
import { errors } from "./errors.ts";

export interface Message {
  role: "system" | "user" | "assistant";
  content: string;
}

/** What a streamed answer came to. */
export interface Spoken {
  content: string;
  model: string;
  receipt: Receipt | null;
  /** False when the stream ended without its own terminator. */
  complete: boolean;
}

/** Whoever answers: a gateway in this process, or one behind a URL. */
export type Answerer = (path: string, init: RequestInit) => Promise<Response>;

interface Chunk {
  choices?: { delta?: { content?: string | null; refusal?: string | null } }[];
  error?: { message?: string; code?: string };
  sluice?: unknown;
}

const maxEventBytes = 16 * 1024 * 1024;

/** Asks for a chat answer and gives its text as it comes. Throws a coded error for an answer that is none. */
export async function converse(
  answerer: Answerer,
  model: string,
  messages: readonly Message[],
  onText: (text: string) => void,
): Promise<Spoken> {
  const body = JSON.stringify({ model, messages, stream: true, stream_options: { include_usage: true } });
  const response = await answerer("/v1/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  if (!response.ok || response.body === null) throw await refusal(response);

  const spoken: Spoken = { content: "", model, receipt: null, complete: false };
  for await (const { data } of cutFrames({ createFrameReader: createSseReader }, response.body, { maxEventBytes })) {
    if (data === "") continue;
    if (data === "[DONE]") spoken.complete = true;
    else take(JSON.parse(data) as Chunk);
  }
  return spoken;

  function take(chunk: Chunk): void {
    if (isReceipt(chunk.sluice)) spoken.receipt = chunk.sluice;
    if (chunk.error)
      throw errors.CLI_ANSWER(
        502,
        chunk.error.message ?? "The stream ended in an error.",
        "Ask again, or name another model.",
      );
    for (const { delta } of chunk.choices ?? []) {
      const text = delta?.content ?? delta?.refusal ?? "";
      if (text === "") continue;
      spoken.content += text;
      onText(text);
    }
  }
}

/** The model that a gateway behind a URL would be tried with. */
export async function firstModel(answerer: Answerer): Promise<string | null> {
  const response = await answerer("/v1/models", { method: "GET" });
  if (!response.ok) throw await refusal(response);
  const { data } = (await response.json()) as { data: { id: string }[] };
  return (data.find(({ id }) => id === "default") ?? data[0])?.id ?? null;
}

/** A gateway behind a URL, with or without `/v1` at its end. */
export function remote(url: string, key: string | undefined): Answerer {
  const base = url.replace(/\/+$/, "").replace(/\/v1$/, "");
  return async (path, init) => {
    const headers = new Headers(init.headers);
    if (key !== undefined) headers.set("authorization", `Bearer ${key}`);
    try {
      return await fetch(base + path, { ...init, headers });
    } catch (cause) {
      throw errors.CLI_UNREACHABLE(base).because(cause);
    }
  };
}

async function refusal(response: Response): Promise<Error> {
  const text = await response.text();
  try {
    const { error, sluice } = JSON.parse(text) as { error?: { message?: string }; sluice?: { hint?: string } };
    const hint = typeof sluice?.hint === "string" ? sluice.hint : "`sluice check` shows what is missing.";
    return errors.CLI_ANSWER(response.status, error?.message ?? text.slice(0, 200), hint);
  } catch {
    return errors.CLI_ANSWER(
      response.status,
      text.slice(0, 200) || `Status ${response.status}`,
      "Is this the URL of a gateway?",
    );
  }
}

function isReceipt(value: unknown): value is Receipt {
  return typeof value === "object" && value !== null && "request_id" in value;
}
