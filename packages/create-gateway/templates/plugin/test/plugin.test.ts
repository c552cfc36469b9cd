import { createGateway } from "@sluice/core";
import { mock } from "@sluice/provider-mock";
import { testPlugin } from "@sluice/testkit";
import { expect, test } from "vitest";
import { {{id}} } from "../src/index.ts";

// The contract of every plugin: each dialect gets through, streams end honestly, two gateways share nothing.
testPlugin(() => {{id}}({}));

const models = { small: { targets: ["mock/echo"], maxCharacters: 5 }, large: { targets: ["mock/echo"] } };

async function ask(model: string, content: string): Promise<{ status: number; body: any }> {
  const gateway = createGateway({ providers: [mock()], models, plugins: [{{id}}({ maxCharacters: 20 })] });
  const body = JSON.stringify({ model, messages: [{ role: "user", content }] });
  const headers = { "content-type": "application/json" };
  const response = await gateway.fetch(new Request("http://gateway/v1/chat/completions", { method: "POST", headers, body }));
  const answer = { status: response.status, body: await response.json() };
  await gateway.close();
  return answer;
}

test("lets a short request through and counts it", async () => {
  const { status, body } = await ask("large", "hello");
  expect(status).toBe(200);
  expect(body.sluice.{{id}}).toEqual({ characters: 5 });
});

test("refuses a long request with its own code", async () => {
  const { status, body } = await ask("large", "x".repeat(21));
  expect(status).toBe(413);
  expect(body.sluice.code).toBe("{{code}}_TOO_LONG");
});

test("a model's own limit comes first", async () => {
  expect((await ask("small", "123456")).status).toBe(413);
  expect((await ask("small", "12345")).status).toBe(200);
});
