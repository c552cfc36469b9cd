import type { ClientDialect, Dialect, UpstreamDialect } from "@sluice/core";
import { anthropic } from "@sluice/dialects";
import { describe } from "vitest";
import { recordings, testDialect } from "../../src/index.ts";

const { client, upstream } = anthropic as Required<typeof anthropic>;
const text = new TextEncoder();

/** A decoder that believes every clean end. */
const gullible: Partial<UpstreamDialect> = {
  decoder: {
    ...upstream.decoder,
    end: (state) => upstream.decoder.end(state).map((event) => (event.type === "error" ? { type: "end" } : event)),
  },
};

/** Frames that follow the reads instead of the blank lines. */
const choppy: Partial<UpstreamDialect> = {
  createFrameReader: (limits) => ({
    push(piece) {
      const reader = upstream.createFrameReader(limits);
      return [...reader.push(piece), ...reader.end()];
    },
    end: () => [],
  }),
};

let counter = 0;
/** A request that is never the same twice. */
const restless: Partial<UpstreamDialect> = {
  encodeRequest: (request, target) => {
    const encoded = upstream.encodeRequest(request, target);
    return { ...encoded, body: { ...encoded.body, metadata: { user_id: String(counter++) } } };
  },
};

/** A request that forgets what may not be sent by itself: the answer to a tool call. */
const forgetful: Partial<UpstreamDialect> = {
  encodeRequest: (request, target) =>
    upstream.encodeRequest(
      { ...request, messages: request.messages.filter((message) => message.role !== "tool") },
      target,
    ),
};

/** A failure that looks like an end. */
const glossy: Partial<ClientDialect> = {
  createEncoder: (context) => {
    const writer = client.createEncoder(context);
    return {
      write: (event) => writer.write(event),
      end: (receipt) => writer.end(receipt),
      fail: (_error, receipt) => writer.end(receipt),
    };
  },
};

/** One writer for all streams. */
let shared: ReturnType<ClientDialect["createEncoder"]> | undefined;
const sharing: Partial<ClientDialect> = { createEncoder: (context) => (shared ??= client.createEncoder(context)) };

/** A relay that says something of its own. */
const chatty: Partial<ClientDialect> = {
  createRelay: (context) => {
    const relay = client.createRelay(context);
    return {
      write: () => text.encode(": hello\n\n"),
      end: (receipt) => relay.end(receipt),
      fail: (error, receipt) => relay.fail(error, receipt),
    };
  },
};

const mutants: Record<string, Dialect> = {
  gullible: { ...anthropic, upstream: { ...upstream, ...gullible } },
  choppy: { ...anthropic, upstream: { ...upstream, ...choppy } },
  restless: { ...anthropic, upstream: { ...upstream, ...restless } },
  forgetful: { ...anthropic, upstream: { ...upstream, ...forgetful } },
  glossy: { ...anthropic, client: { ...client, ...glossy } },
  sharing: { ...anthropic, client: { ...client, ...sharing } },
  chatty: { ...anthropic, client: { ...client, ...chatty } },
};

const few = recordings("anthropic").filter(({ name }) => ["text", "cut", "thinking-tools"].includes(name));
describe.each(Object.entries(mutants))("%s", (_name, mutant) => {
  testDialect(mutant, few, { model: "claude-sonnet-5" });
});
