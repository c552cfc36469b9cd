import { dialects } from "@sluice/dialects";
import { createWorld } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { createGateway, defineErrors, defineProvider } from "../src/index.ts";
import { inOwnNames } from "../src/field-names.ts";

/** A vendor that speaks one dialect, and is never reached. */
const vendor = (id: string) =>
  defineProvider({
    id,
    name: id,
    dialects,
    speaks: [id],
    baseURL: `https://${id}.test`,
    keyVariables: [],
    auth: { type: "none" },
    models: [{ id: "m" }],
  })();

async function ask(path: string, body: object): Promise<{ status: number; text: string }> {
  const channels = [vendor("openai-chat"), vendor("anthropic"), vendor("gemini")];
  const gateway = createGateway({ providers: channels }, createWorld({ seed: 1 }).ports);
  const headers = { "content-type": "application/json" };
  const request = new Request(`http://gateway.test${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const answer = await gateway.fetch(request);
  await gateway.close();
  return { status: answer.status, text: await answer.text() };
}

const hello = { role: "user", content: "Hi" };
const sound = { inlineData: { mimeType: "audio/wav", data: "AAAA" } };
const result = { type: "tool_result", tool_use_id: "x", content: "4" };
const picture = { type: "image", source: { type: "file", file_id: "file_1" } };

describe("what cannot be said to an upstream is named as the client calls it", () => {
  test.each<[string, string, object, string]>([
    [
      "openai-chat",
      "/v1/chat/completions",
      { model: "gemini/m", messages: [hello, { role: "tool", tool_call_id: "x", content: "4" }] },
      "messages",
    ],
    [
      "openai-responses",
      "/v1/responses",
      {
        model: "gemini/m",
        instructions: "Be brief.",
        input: [hello, { type: "function_call_output", call_id: "x", output: "4" }],
      },
      "input",
    ],
    [
      "anthropic",
      "/v1/messages",
      { model: "gemini/m", max_tokens: 9, system: "Be brief.", messages: [{ role: "user", content: [result] }] },
      "messages",
    ],
    [
      "anthropic, before chat",
      "/v1/messages",
      { model: "openai-chat/m", max_tokens: 9, system: "Be brief.", messages: [{ role: "user", content: [picture] }] },
      "messages",
    ],
    [
      "gemini",
      "/gemini/v1beta/models/anthropic%2Fm:generateContent",
      { contents: [{ role: "user", parts: [sound] }] },
      "contents",
    ],
    [
      "gemini, of a setting",
      "/gemini/v1beta/models/anthropic%2Fm:generateContent",
      { contents: [{ role: "user", parts: [{ text: "Hi" }] }], generationConfig: { candidateCount: 2 } },
      "generationConfig.candidateCount",
    ],
  ])("%s", async (_client, path, body, name) => {
    const { status, text } = await ask(path, body);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ error: { message: expect.stringMatching(new RegExp(`^${name}[ :]`)) } });
    expect(text).not.toMatch(/messages\[|input\[|contents\[/);
  });
});

describe("an error in the client's names", () => {
  const errors = defineErrors("TEST", {
    FIELD: (param: string, upstreamStatus?: number) => ({
      status: 400,
      message: `${param} is wrong.`,
      hint: `Leave ${param} out.`,
      param,
      ...(upstreamStatus === undefined ? {} : { upstreamStatus }),
    }),
  });
  const names = { messages: "input" };

  test("says the name everywhere, without a place that is another one there", () => {
    const told = inOwnNames(errors.FIELD("messages[4].content"), names);
    expect(told).toMatchObject({
      code: "TEST_FIELD",
      param: "input",
      message: "input is wrong.",
      hint: "Leave input out.",
    });
  });

  test("is the same one where the name is, or where a vendor named the field", () => {
    for (const error of [errors.FIELD("tools"), errors.FIELD("constructor"), errors.FIELD("messages[4]", 400)]) {
      expect(inOwnNames(error, names)).toBe(error);
    }
  });
});
