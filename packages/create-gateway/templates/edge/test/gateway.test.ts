import assert from "node:assert/strict";
import { test } from "node:test";
import { createGateway } from "@sluice/core";
import { mock } from "@sluice/provider-mock";
import gateway from "../gateway.config.ts";

const messages = [{ role: "user", content: "hello" }];

function post(body: object): Request {
  const headers = { "content-type": "application/json" };
  return new Request("http://gateway/v1/chat/completions", { method: "POST", headers, body: JSON.stringify(body) });
}

test("answers in OpenAI's format", async () => {
  // Asked for by name, mock alone answers: no provider is ever called from here.
  const response = await gateway.fetch(post({ model: "mock/echo", messages }));
  const completion = await response.json();
  assert.equal(response.status, 200);
  assert.match(completion.choices[0].message.content, /hello/);
});

test("streams server-sent events to the end", async () => {
  const response = await gateway.fetch(post({ model: "mock/echo", messages, stream: true }));
  assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
  assert.match(await response.text(), /data: \[DONE\]\s*$/);
});

test("the next target answers when the first fails", async () => {
  const models = { default: { targets: ["mock/flaky-500", "mock/echo"] } };
  const small = createGateway({ providers: [mock()], models });
  const response = await small.fetch(post({ model: "default", messages }));
  const { sluice } = await response.json();
  assert.equal(sluice.actual_model, "echo");
  assert.equal(sluice.attempts[0].target, "mock/flaky-500");
  await small.close();
});
