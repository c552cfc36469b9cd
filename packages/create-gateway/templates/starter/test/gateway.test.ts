import assert from "node:assert/strict";
import { test } from "node:test";
import { createGateway } from "@sluice/core";
import { mock } from "@sluice/provider-mock";
import gateway from "../gateway.config.ts";
import { paidFirst } from "../routes/paid-first.ts";

const messages = [{ role: "user", content: "hello" }];

function post(body: object, headers: Record<string, string> = {}): Request {
  const all = { "content-type": "application/json", ...headers };
  return new Request("http://gateway/v1/chat/completions", { method: "POST", headers: all, body: JSON.stringify(body) });
}

test("answers in OpenAI's format", async () => {
  // Asked for by name, mock alone answers: no provider is ever called from here.
  const response = await gateway.fetch(post({ model: "mock/echo", messages }));
  const completion = await response.json();
  assert.equal(response.status, 200);
  assert.match(completion.choices[0].message.content, /hello/);
});

test("the receipt names the team and the feature", async () => {
  const response = await gateway.fetch(post({ model: "mock/echo", messages, feature: "greeting" }, { "x-team": "search" }));
  const { sluice } = await response.json();
  assert.deepEqual(sluice.caller, { team: "search", feature: "greeting" });
});

test("paid requests go to their target first", async () => {
  const models = { default: { targets: ["mock/echo", "mock/json"] } };
  const small = createGateway({ providers: [mock()], models, plugins: [paidFirst({ target: "mock/json" })] });
  const modelFor = async (tags: object) => {
    const response = await small.fetch(post({ model: "default", messages, tags }));
    return (await response.json()).sluice.actual_model;
  };
  assert.equal(await modelFor({ plan: "free" }), "echo");
  assert.equal(await modelFor({ plan: "paid" }), "json");
  await small.close();
});
