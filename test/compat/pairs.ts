import type { JsonObject } from "@sluice/core";
import { describe, test } from "vitest";
import { clientNames, clients, type Client, type ClientName, type Talk, type Wishes } from "./clients.ts";
import type { Running } from "./running.ts";

export const upstreamNames = ["openai-chat", "anthropic", "gemini"] as const;
export type UpstreamName = (typeof upstreamNames)[number];

/** One client before one upstream. */
export interface Pair {
  client: ClientName;
  upstream: UpstreamName;
  /** Begins a conversation with the upstream's usual model, or with another one. */
  talk(wishes?: Wishes, model?: string): Talk;
  /** What is expected of this client or this upstream, out of a table. */
  of<T>(table: Readonly<Record<ClientName, T>>): T;
  at<T>(table: Readonly<Record<UpstreamName, T>>): T;
}

/** One model a vendor, as the mock upstreams know them. */
export const models: Readonly<Record<UpstreamName, string>> = {
  "openai-chat": "openai/gpt-4.1-mini",
  anthropic: "anthropic/claude-sonnet-4-5",
  gemini: "gemini/gemini-2.5-flash",
};

type Feature = (name: string, run: (pair: Pair) => Promise<void>) => void;

/**
 * Describes all nine pairs; every feature is tried whole and streamed. `table.ts` reads the titles: client, upstream,
 * feature.
 */
export function describePairs(
  running: () => Running,
  features: (feature: Feature, at: Omit<Pair, "talk">) => void,
): void {
  describe.each(clientNames)("%s", (client) => {
    describe.each(upstreamNames)("%s", (upstream) => {
      const of = <T>(table: Readonly<Record<ClientName, T>>) => table[client];
      const at = <T>(table: Readonly<Record<UpstreamName, T>>) => table[upstream];
      const create: Client = clients[client];
      const pair = (streamed: boolean): Pair => ({
        client,
        upstream,
        of,
        at,
        talk: (wishes = {}, model = models[upstream]) => create({ url: running().url, model }, wishes, streamed),
      });
      const feature: Feature = (name, run) => {
        test(name, () => run(pair(false)));
        test(`${name}, streamed`, () => run(pair(true)));
      };
      features(feature, { client, upstream, of, at });
    });
  });
}

/** A body's member by path, e.g. `messages.1.content`. */
export function member(body: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => (value as JsonObject | undefined)?.[name], body);
}
