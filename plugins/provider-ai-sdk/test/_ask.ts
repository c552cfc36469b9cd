import { createGateway, isObject, stringOf } from "@sluice/core";
import type { ChannelSpec, Gateway, JsonObject, Transport } from "@sluice/core";

/** A gateway with these channels that talks to nobody about it. */
export function gatewayOf(...providers: ChannelSpec[]): Gateway {
  return open({}, providers);
}

/** The same, with a transport of its own in place of the runtime's. */
export function gatewayWith(transport: Transport, ...providers: ChannelSpec[]): Gateway {
  return open({ transport }, providers);
}

function open(ports: { transport?: Transport }, providers: ChannelSpec[]): Gateway {
  const silent = () => undefined;
  const logger = { debug: silent, info: silent, warn: silent, error: silent };
  return createGateway({ providers: providers as ChannelSpec<{}>[] }, { ...ports, logger });
}

export interface Told {
  status: number;
  headers: Headers;
  text: string;
  json: JsonObject;
  /** The JSON events of a stream. */
  events: JsonObject[];
  receipt: JsonObject;
}

/** Sends a body to a path of the gateway and reads the whole answer. */
export async function ask(gateway: Gateway, body: JsonObject, path = "/v1/chat/completions"): Promise<Told> {
  const response = await gateway.fetch(questionOf(body, path));
  return toldOf(response, await response.text());
}

/** Asks for a stream, and does something once `words` have arrived. */
export async function askUntil(gateway: Gateway, body: JsonObject, words: string, then: () => unknown): Promise<Told> {
  const response = await gateway.fetch(questionOf({ ...body, stream: true }));
  let text = "";
  let isDone = false;
  const decoder = new TextDecoder();
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece as Uint8Array, { stream: true });
    if (isDone || !text.includes(words)) continue;
    isDone = true;
    await then();
  }
  return toldOf(response, text);
}

function toldOf(response: Response, text: string): Told {
  const events = eventsOf(text);
  const json = events.length === 0 ? objectOf(text) : {};
  const carrier = [json, ...events].findLast((one) => isObject(one["sluice"]));
  const inError = isObject(json["error"]) ? json["error"]["sluice"] : undefined;
  const receipt = carrier?.["sluice"] ?? inError;
  return {
    status: response.status,
    headers: response.headers,
    text,
    json,
    events,
    receipt: isObject(receipt) ? receipt : {},
  };
}

export function questionOf(body: JsonObject, path = "/v1/chat/completions", signal?: AbortSignal): Request {
  return new Request(`http://gateway.test${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

function eventsOf(text: string): JsonObject[] {
  return text
    .split("\n\n")
    .flatMap((block) => block.split("\n").filter((line) => line.startsWith("data: {")))
    .map((line) => objectOf(line.slice(6)));
}

function objectOf(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** What the deltas of a chat stream say in one field, joined. */
export function joined(events: readonly JsonObject[], field: "content" | "reasoning_content"): string {
  return events.map((event) => stringOf(deltaOf(event)[field]) ?? "").join("");
}

export function deltaOf(event: JsonObject): JsonObject {
  const [choice] = Array.isArray(event["choices"]) ? event["choices"] : [];
  return isObject(choice) && isObject(choice["delta"]) ? choice["delta"] : {};
}

/** The messages that a client sends back after a streamed answer: everything of its deltas, as chat clients add them up. */
export function turnOf(events: readonly JsonObject[]): JsonObject {
  const turn: JsonObject = { role: "assistant", content: joined(events, "content") };
  const details: JsonObject[] = [];
  const calls: JsonObject[] = [];
  const provided: JsonObject[] = [];
  for (const event of events) {
    const delta = deltaOf(event);
    details.push(...((delta["reasoning_details"] as JsonObject[] | undefined) ?? []));
    provided.push(...((delta["provider_details"] as JsonObject[] | undefined) ?? []));
    for (const piece of (delta["tool_calls"] as JsonObject[] | undefined) ?? []) {
      const index = piece["index"] as number;
      const { arguments: more = "", ...fn } = piece["function"] as JsonObject;
      const known = (calls[index] ??= { function: { arguments: "" } });
      const before = known["function"] as JsonObject;
      calls[index] = {
        ...known,
        ...piece,
        function: { ...before, ...fn, arguments: `${before["arguments"] as string}${more as string}` },
      };
    }
  }
  if (details.length > 0) turn["reasoning_details"] = details;
  if (provided.length > 0) turn["provider_details"] = provided;
  if (calls.length > 0) turn["tool_calls"] = calls.map(({ index: _index, ...call }) => call);
  return turn;
}
