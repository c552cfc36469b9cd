import type { JsonObject } from "@sluice/core";

/** The dialects that clients speak; each sends and reads as its own SDK would. */
export const clientDialects = ["openai-chat", "openai-responses", "anthropic", "gemini"] as const;
export type ClientDialectId = (typeof clientDialects)[number];

export interface Question {
  model: string;
  text: string;
  stream?: boolean;
  /** Offers `get_weather`. */
  tools?: boolean;
  /** More top-level fields, e.g. extras. */
  fields?: JsonObject;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** An answer as its client understands it. */
export interface Told {
  status: number;
  headers: Headers;
  body: string;
  text: string;
  calls: { name: string; arguments: unknown }[];
  /** A normal finish, and for a stream its terminator. */
  ended: boolean;
  error: JsonObject | null;
  receipt: JsonObject | null;
}

const weather = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

/** The HTTP request of a client. */
export function questionOf(dialect: ClientDialectId, question: Question): Request {
  const { path, body } = forms[dialect](question);
  return new Request(`http://gateway.test${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...question.headers },
    body: JSON.stringify({ ...body, ...question.fields }),
    ...(question.signal === undefined ? {} : { signal: question.signal }),
  });
}

const forms: Record<ClientDialectId, (question: Question) => { path: string; body: JsonObject }> = {
  "openai-chat": ({ model, text, stream = false, tools }) => ({
    path: "/v1/chat/completions",
    body: {
      model,
      stream,
      messages: [{ role: "user", content: text }],
      ...(tools ? { tools: [{ type: "function", function: { name: "get_weather", parameters: weather } }] } : {}),
    },
  }),
  "openai-responses": ({ model, text, stream = false, tools }) => ({
    path: "/v1/responses",
    body: {
      model,
      stream,
      input: text,
      ...(tools ? { tools: [{ type: "function", name: "get_weather", parameters: weather, strict: true }] } : {}),
    },
  }),
  anthropic: ({ model, text, stream = false, tools }) => ({
    path: "/v1/messages",
    body: {
      model,
      stream,
      max_tokens: 1024,
      messages: [{ role: "user", content: text }],
      ...(tools ? { tools: [{ name: "get_weather", input_schema: weather }] } : {}),
    },
  }),
  gemini: ({ model, text, stream = false, tools }) => ({
    path: `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    body: {
      contents: [{ role: "user", parts: [{ text }] }],
      ...(tools ? { tools: [{ functionDeclarations: [{ name: "get_weather", parametersJsonSchema: weather }] }] } : {}),
    },
  }),
};

/** Asks and reads the whole answer. */
export async function ask(
  gateway: { fetch(request: Request): Promise<Response> },
  dialect: ClientDialectId,
  question: Question,
): Promise<Told> {
  const response = await gateway.fetch(questionOf(dialect, question));
  const body = await response.text();
  const isStream = response.headers.get("content-type")?.includes("text/event-stream") === true;
  const events = isStream ? eventsIn(body) : [body];
  const objects = events.flatMap((data) => (data.trimStart().startsWith("{") ? [JSON.parse(data) as JsonObject] : []));
  const read = readers[dialect](objects as Wire[]);
  const terminated = !isStream || dialect !== "openai-chat" || events.at(-1) === "[DONE]";
  // A response that did not fail says so too.
  const error = objects.find((object) => (object["error"] ?? null) !== null)?.["error"] as JsonObject | undefined;
  return {
    status: response.status,
    headers: response.headers,
    body,
    text: read.text,
    calls: read.calls,
    ended: read.finished && terminated && error === undefined,
    error: error ?? null,
    receipt: receiptIn(objects),
  };
}

/** At the top of an object, or in the response that the last event of Responses holds. */
function receiptIn(objects: readonly JsonObject[]): JsonObject | null {
  const holders = objects.map((object) => (object["sluice"] ? object : (object["response"] as JsonObject | undefined)));
  return (holders.findLast((object) => object?.["sluice"] !== undefined)?.["sluice"] as JsonObject | undefined) ?? null;
}

function eventsIn(body: string): string[] {
  const lines = (block: string) => block.split(/\r?\n/).filter((line) => line.startsWith("data:"));
  const data = body.split(/\r?\n\r?\n/).map((block) =>
    lines(block)
      .map((line) => line.slice(5).trim())
      .join("\n"),
  );
  return data.filter((text) => text !== "");
}

interface Reading {
  text: string;
  calls: Told["calls"];
  finished: boolean;
}

/** Any of the wire's objects, as far as a client looks into it. */
interface Wire {
  type?: string;
  choices?: { message?: WireMessage; delta?: WireMessage; finish_reason?: string | null }[];
  content?: WireBlock[];
  content_block?: WireBlock;
  delta?: { text?: string; partial_json?: string; stop_reason?: string | null };
  stop_reason?: string | null;
  status?: string;
  output?: WireItem[];
  response?: Wire;
  candidates?: { content?: { parts?: WirePart[] }; finishReason?: string }[];
}
interface WireMessage {
  content?: string | null;
  tool_calls?: { index?: number; function: { name?: string; arguments?: string } }[];
}
interface WireBlock {
  type: string;
  text?: string;
  name?: string;
  input?: unknown;
}
interface WireItem {
  type: string;
  name?: string;
  arguments?: string;
  content?: { text?: string }[];
}
interface WirePart {
  text?: string;
  thought?: boolean;
  functionCall?: { name: string; args?: unknown };
}

const readers: Record<ClientDialectId, (objects: Wire[]) => Reading> = {
  "openai-chat": (objects) => {
    const choices = objects.flatMap((object) => object.choices ?? []);
    const messages = choices.flatMap((choice) => choice.message ?? choice.delta ?? []);
    const calls: { name: string; arguments: string }[] = [];
    for (const [at, call] of messages.flatMap((message) =>
      (message.tool_calls ?? []).map((one, index) => [one.index ?? index, one] as const),
    )) {
      const known = (calls[at] ??= { name: "", arguments: "" });
      known.name += call.function.name ?? "";
      known.arguments += call.function.arguments ?? "";
    }
    return {
      text: messages.map((message) => message.content ?? "").join(""),
      calls: calls.map((call) => ({ name: call.name, arguments: JSON.parse(call.arguments) as unknown })),
      finished: choices.some((choice) => choice.finish_reason !== null && choice.finish_reason !== undefined),
    };
  },
  "openai-responses": (objects) => {
    const whole = objects.findLast((object) => (object.response ?? object).output !== undefined);
    const { output = [], status } = whole?.response ?? whole ?? {};
    return {
      text: output
        .flatMap((item) => (item.type === "message" ? (item.content ?? []) : []))
        .map(({ text = "" }) => text)
        .join(""),
      calls: output
        .filter((item) => item.type === "function_call")
        .map((item) => ({ name: item.name ?? "", arguments: JSON.parse(item.arguments ?? "null") as unknown })),
      finished: status === "completed" || status === "incomplete",
    };
  },
  anthropic: (objects) => {
    const blocks: (WireBlock & { json?: string })[] = objects.flatMap((object) => object.content ?? []);
    for (const object of objects) {
      if (object.type === "content_block_start" && object.content_block) blocks.push({ ...object.content_block });
      const open = blocks.at(-1);
      if (object.type !== "content_block_delta" || open === undefined) continue;
      open.text = (open.text ?? "") + (object.delta?.text ?? "");
      open.json = (open.json ?? "") + (object.delta?.partial_json ?? "");
    }
    const streamed = objects.some((object) => object.type === "message_start");
    const stopped = objects.some((object) => (object.stop_reason ?? object.delta?.stop_reason) !== undefined);
    return {
      text: blocks.map((block) => (block.type === "text" ? (block.text ?? "") : "")).join(""),
      calls: blocks
        .filter((block) => block.type === "tool_use")
        .map((block) => ({
          name: block.name ?? "",
          arguments: block.json ? (JSON.parse(block.json) as unknown) : block.input,
        })),
      finished: stopped && (!streamed || objects.some((object) => object.type === "message_stop")),
    };
  },
  gemini: (objects) => {
    const candidates = objects.flatMap((object) => object.candidates ?? []);
    const parts = candidates.flatMap((candidate) => candidate.content?.parts ?? []);
    return {
      text: parts.map((part) => (part.thought === true ? "" : (part.text ?? ""))).join(""),
      calls: parts.flatMap((part) =>
        part.functionCall ? [{ name: part.functionCall.name, arguments: part.functionCall.args }] : [],
      ),
      finished: candidates.some((candidate) => candidate.finishReason !== undefined),
    };
  },
};
