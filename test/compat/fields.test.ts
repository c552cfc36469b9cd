import { isObject, type JsonObject } from "@sluice/core";
import { afterAll, beforeAll, expect } from "vitest";
import type { ClientName } from "./clients.ts";
import { fields, type Field } from "./fields.ts";
import { describePairs, models, type Pair } from "./pairs.ts";
import { openGateway, type Running } from "./running.ts";

let running: Running;
beforeAll(async () => void (running = await openGateway()));
afterAll(() => running.close());

const questions: Readonly<Record<ClientName, JsonObject>> = {
  "openai-chat": { messages: [{ role: "user", content: "Hi" }] },
  "openai-responses": { input: [{ role: "user", content: [{ type: "input_text", text: "Hi" }] }] },
  anthropic: { max_tokens: 100, messages: [{ role: "user", content: "Hi" }] },
  gemini: { contents: [{ role: "user", parts: [{ text: "Hi" }] }] },
};
const paths: Readonly<Record<ClientName, (model: string) => string>> = {
  "openai-chat": () => "/v1/chat/completions",
  "openai-responses": () => "/v1/responses",
  anthropic: () => "/v1/messages",
  gemini: (model) => `/v1beta/models/${model}:generateContent`,
};

// Plain HTTP: what is asked for stands in the body as the vendor documents it, whatever a library would make of it.
for (const field of fields)
  describePairs(
    "Fields of a request",
    () => running,
    (pair) => {
      pair.check(field.name, async () => {
        const before = running.sent.length;
        await post(pair, field);
        const reached = wantedAt(pair, field);
        if (reached !== undefined && matches(running.upstreamBody(), reached)) return;
        // What does not arrive must at least be told.
        const losses = await running.losses(before);
        expect({ losses, reached: losses.length > 0 ? null : running.upstreamBody() }).toEqual({
          losses: expect.arrayContaining([expect.any(String)]) as unknown,
          reached: null,
        });
      });
    },
    ({ client, streamed }) => !streamed && field.says[client] !== undefined,
  );

async function post({ client, upstream }: Pair, { says, model = {} }: Field): Promise<void> {
  const name = model[upstream] ?? models[upstream];
  const named = client === "gemini" ? {} : { model: name };
  const response = await fetch(running.url + paths[client](name), {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01" },
    body: JSON.stringify({ ...named, ...questions[client], ...says[client] }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
}

/** As the upstream's own callers say it, unless a translation has its own form. */
function wantedAt({ client, upstream }: Pair, { says, reaches = {} }: Field): JsonObject | undefined {
  return client === upstream ? says[upstream] : (reaches[upstream] ?? says[upstream]);
}

/** Whether everything that is wanted stands in the body; lists are as long as they are wanted. */
function matches(body: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(body) && body.length === wanted.length && wanted.every((value, at) => matches(body[at], value))
    );
  if (!isObject(wanted)) return body === wanted;
  return isObject(body) && Object.entries(wanted).every(([name, value]) => matches(body[name], value));
}
