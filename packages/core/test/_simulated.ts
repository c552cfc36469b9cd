import { dialects } from "@sluice/dialects";
import { createWorld, type World } from "@sluice/testkit";
import { createGateway, defineProvider } from "../src/index.ts";
import type { Gateway, GatewayConfig, Receipt } from "../src/index.ts";

/** A provider that speaks OpenAI's dialect at `https://<id>.test`. */
export function vendor(id: string) {
  return defineProvider({
    id,
    name: id,
    dialects,
    speaks: ["openai-chat"],
    baseURL: `https://${id}.test/v1`,
    keyVariables: [],
    auth: { type: "none" },
    models: [{ id: "m" }],
  });
}

const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

/** A streamed answer in OpenAI's wire format, one event a string. */
export function streamOf(...words: string[]): string[] {
  return [
    chunk({ role: "assistant", content: "" }),
    ...words.map((content) => chunk({ content })),
    chunk({}, "stop"),
    `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m", choices: [], usage: { prompt_tokens: 5, completion_tokens: words.length, total_tokens: 5 + words.length } })}\n\n`,
    "data: [DONE]\n\n",
  ];
}

/** A whole answer in OpenAI's wire format. */
export function replyOf(content: string): object {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [
      { index: 0, message: { role: "assistant", content, refusal: null }, logprobs: null, finish_reason: "stop" },
    ],
    usage: { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 },
  };
}

export interface Simulated {
  world: World;
  gateway: Gateway;
  /** Receipts in the order in which requests were settled. */
  receipts: Receipt[];
  /** Sends a chat request and reads the whole answer. */
  chat: (body: object, init?: RequestInit) => Promise<{ status: number; headers: Headers; text: string }>;
}

/** A gateway in a world of virtual time, with vendors `a`, `b` and `c`. */
export function simulate(config: Partial<GatewayConfig> = {}, seed = 1): Simulated {
  const world = createWorld({ seed });
  const gateway = createGateway({ providers: [vendor("a")(), vendor("b")(), vendor("c")()], ...config }, world.ports);
  const receipts: Receipt[] = [];
  gateway.hooks.hook("request:done", ({ receipt }) => void (receipt && receipts.push(receipt)));
  const send = async (body: object, init: RequestInit = {}) => {
    const response = await gateway.fetch(chatRequest(body, init));
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  return { world, gateway, receipts, chat: (body, init) => world.run(send(body, init)) };
}

export function chatRequest(body: object, init: RequestInit = {}): Request {
  const messages = [{ role: "user", content: "hi" }];
  return new Request("http://gateway.test/v1/chat/completions", {
    method: "POST",
    ...init,
    headers: { "content-type": "application/json", ...(init.headers as Record<string, string>) },
    body: JSON.stringify({ model: "a/m", messages, ...body }),
  });
}

/** The text of the deltas in a streamed answer, and how it ended. */
export function readStream(text: string): {
  content: string;
  finish: string | null;
  error: unknown;
  done: boolean;
  sluice: Receipt | null;
} {
  const events = text
    .split("\n\n")
    .filter((event) => event.startsWith("data: "))
    .map((event) => event.slice(6));
  const chunks = events.filter((data) => data !== "[DONE]").map((data) => JSON.parse(data));
  return {
    content: chunks.map((each) => each.choices?.[0]?.delta?.content ?? "").join(""),
    finish: chunks.map((each) => each.choices?.[0]?.finish_reason ?? null).find((finish) => finish !== null) ?? null,
    error: chunks.find((each) => each.error)?.error ?? null,
    done: events.at(-1) === "[DONE]",
    sluice: chunks.map((each) => each.sluice).find(Boolean) ?? null,
  };
}
