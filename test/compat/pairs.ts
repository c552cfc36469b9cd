import type { JsonObject } from "@sluice/core";
import { describe } from "vitest";
import { check } from "./cells.ts";
import {
  clientNames,
  clients,
  vendorOf,
  type Client,
  type ClientName,
  type Talk,
  type VendorName,
  type Wishes,
} from "./clients.ts";
import type { Running } from "./running.ts";

export const upstreamNames = clientNames;
export type UpstreamName = ClientName;

/** One client before one upstream. */
export interface Pair {
  client: ClientName;
  upstream: UpstreamName;
  streamed: boolean;
  /** A test of one feature, which is a cell of the table. */
  check(feature: string, body: () => Promise<void>): void;
  /** Begins a conversation with the upstream's usual model, or with another one. */
  talk(wishes?: Wishes, model?: string): Talk;
  /** What is expected of this client or this upstream, out of a table. */
  of<T>(table: OfClient<T>): T;
  at<T>(table: Readonly<Record<UpstreamName, T>>): T;
}

/** By client, or one for all libraries of its vendor. */
export type OfClient<T> = Readonly<Record<VendorName, T> & Partial<Record<ClientName, T>>>;

export function ofClient<T>(client: ClientName, table: OfClient<T>): T {
  return (table as Partial<Record<ClientName, T>>)[client] ?? table[vendorOf(client)];
}

/** One model a vendor, as the mock upstreams know them. */
export const models: Readonly<Record<UpstreamName, string>> = {
  "openai-chat": "chat/gpt-4.1-mini",
  "openai-responses": "responses/gpt-4.1-mini",
  anthropic: "anthropic/claude-sonnet-4-5",
  gemini: "gemini/gemini-2.5-flash",
};

/** Checks features of chat for all pairs, each whole and streamed. `isAble` leaves out pairs of a vendor without the feature. */
export function describePairs(
  group: string,
  running: () => Running,
  features: (pair: Pair) => void,
  isAble: (pair: Pair) => boolean = () => true,
): void {
  const pairs = clientNames.flatMap((client) =>
    upstreamNames.flatMap((upstream) => [false, true].map((streamed) => ({ client, upstream, streamed }))),
  );
  for (const pair of pairs.map((names) => pairOf(group, running, names)).filter(isAble)) {
    describe(`${group} > ${pair.client} > ${pair.upstream} > ${pair.streamed ? "streamed" : "whole"}`, () => {
      features(pair);
    });
  }
}

type Names = Pick<Pair, "client" | "upstream" | "streamed">;

function pairOf(group: string, running: () => Running, { client, upstream, streamed }: Names): Pair {
  const create: Client = clients[client];
  const place = { endpoint: "chat", group, client, provider: upstream };
  return {
    client,
    upstream,
    streamed,
    check: (feature, body) => check({ ...place, feature }, running, body),
    talk: (wishes = {}, model = models[upstream]) => create({ url: running().url, model }, wishes, streamed),
    of: (table) => ofClient(client, table),
    at: (table) => table[upstream],
  };
}

/** A body's member by path, e.g. `messages.1.content`. */
export function member(body: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => (value as JsonObject | undefined)?.[name], body);
}
