import type { IncomingMessage } from "node:http";
import type { JsonObject } from "@sluice/core";
import { anthropic } from "./anthropic.ts";
import { answerTo } from "./answer.ts";
import { completions } from "./completions.ts";
import { planAnswer } from "./delivery.ts";
import { embeddingVendors } from "./embeddings.ts";
import { errorHeaders, errorOf } from "./faults.ts";
import type { Fault } from "./faults.ts";
import { isRecord, records } from "./fields.ts";
import { gemini } from "./gemini.ts";
import { judgingVendors } from "./judging.ts";
import { planBody } from "./move.ts";
import type { DeliveryOptions, Move } from "./move.ts";
import { openai } from "./openai.ts";
import { VendorError } from "./vendor-error.ts";
import { rerankVendors } from "./rerank.ts";
import { createResponses } from "./responses.ts";
import { countingVendors } from "./token-counts.ts";
import { createPictureVendors } from "./pictures.ts";
import { soundVendors } from "./sounds.ts";
import { createVideoVendors } from "./videos.ts";
import type { Vendor, VendorAnswer, VendorCall } from "./vendor.ts";

/** The vendors of one upstream. OpenAI's chat is last: its model list is the one without marks. */
export function createVendors(): readonly Vendor[] {
  return [
    ...embeddingVendors,
    ...rerankVendors,
    ...judgingVendors,
    ...countingVendors,
    ...createPictureVendors(),
    ...soundVendors,
    ...createVideoVendors(),
    completions,
    gemini,
    anthropic,
    createResponses(),
    openai,
  ];
}

/** A request as it was read from the connection, before a vendor looks into it. */
export interface Exchange {
  call: VendorCall;
  /** Undefined when the body is no JSON. */
  json: unknown;
  vendor: Vendor | null;
  model: string;
}

/** Reads a request to its end. */
export async function readExchange(message: IncomingMessage, vendors: readonly Vendor[]): Promise<Exchange> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  const { pathname, searchParams } = new URL(message.url ?? "/", "http://upstream.invalid");
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  const body = Buffer.concat(parts);
  const call = { method: message.method ?? "GET", path: pathname, query: searchParams, headers, body };
  const json = parsed(body);
  const vendor = vendors.find((one) => one.owns(call)) ?? null;
  return { call, json, vendor, model: vendor?.modelOf(call, json) ?? "" };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** What the answers of one upstream depend on, besides the request. */
export interface ExchangeOptions extends DeliveryOptions {
  vendors: readonly Vendor[];
  keys: Partial<Record<Vendor["dialect"], string>>;
  models: readonly string[];
}

export interface PlannedExchange {
  moves: Move[];
  /** What the vendor answers, as one body; null where it does not come to that. */
  reply: JsonObject | null;
}

/** Plans what happens to a request: the vendor's answer or error, with the fault in it. */
export function planExchange(exchange: Exchange, fault: Fault | null, options: ExchangeOptions): PlannedExchange {
  const { vendor } = exchange;
  const silent = (moves: Move[]) => ({ moves, reply: null });
  if (vendor === null) return silent(planList(exchange.call, options));
  if (fault?.type === "hang") return silent([{ type: "hang" }]);
  if (fault?.type === "reset" && fault.afterEvents === undefined) return silent([{ type: "reset" }]);
  const headers = vendor.headers(options.requestId);
  try {
    const answer = ask(exchange, vendor, fault, options);
    return { moves: planAnswer({ vendor, headers, fault, options, answer }), reply: answer.json };
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    const shaped = JSON.stringify(vendor.errorBody(error, options.requestId));
    const body = fault?.type === "status" ? (fault.body ?? shaped) : shaped;
    return silent(planBody(error.status, { ...headers, ...errorHeaders(fault) }, body));
  }
}

function ask(exchange: Exchange, vendor: Vendor, fault: Fault | null, options: ExchangeOptions): VendorAnswer {
  const { call, json, model } = exchange;
  const error = errorOf(fault, vendor);
  if (error !== undefined) throw error;
  vendor.authenticate(call, options.keys[vendor.dialect] ?? null);
  const served = vendor.serve?.(call, json) ?? null;
  if (served !== null) return served;
  const prompt = vendor.read(call, json);
  if (model.startsWith("missing")) {
    throw new VendorError(404, `The model \`${model}\` does not exist or you do not have access to it.`);
  }
  if (fault?.type === "no-prefill" && endsWithAssistant(json)) {
    throw new VendorError(
      400,
      "This model does not support assistant message prefill. The conversation must end with a user message.",
    );
  }
  const answer = answerTo(prompt);
  const reply = vendor.reply(prompt, answer);
  if (!prompt.stream) return { type: "json", json: reply };
  const events = vendor.events(prompt, answer, options.tokensPerEvent);
  return { type: "events", events, form: vendor.form(prompt), json: reply };
}

function endsWithAssistant(json: unknown): boolean {
  const turns = isRecord(json) ? records(json["messages"] ?? json["contents"] ?? json["input"]) : [];
  const role = turns.at(-1)?.["role"];
  return role === "assistant" || role === "model";
}

function planList(call: VendorCall, { vendors, models, requestId }: ExchangeOptions): Move[] {
  for (const vendor of vendors) {
    const list = vendor.list(call, models);
    if (list !== null) return planBody(200, vendor.headers(requestId), JSON.stringify(list));
  }
  const error = new VendorError(404, `Invalid URL (${call.method} ${call.path})`, { code: "unknown_url" });
  return planBody(404, {}, JSON.stringify(openai.errorBody(error, requestId)));
}
