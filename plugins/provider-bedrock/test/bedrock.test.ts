import type { Message, MessageParam } from "@anthropic-ai/sdk/resources/messages";
import { openState, type JsonObject } from "@sluice/core";
import { createMockUpstream, startFront, type MockUpstream, type RunningFront } from "@sluice/testkit";
import type { ChatCompletionMessageParam } from "openai/resources/chat/completions";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { bedrock } from "../src/index.ts";
import { awsSecrets, bedrockFront, sessionToken } from "./_front.ts";
import { gatewayOf } from "./_gateway.ts";

const claude = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const [[accessKeyId, secretAccessKey] = ["", ""]] = Object.entries(awsSecrets);
const keys = { accessKeyId, secretAccessKey, sessionToken };

let upstream: MockUpstream;
let front: RunningFront;
let other: RunningFront;
beforeAll(async () => {
  upstream = await createMockUpstream({ tokensPerEvent: 2 });
  front = await startFront(bedrockFront, upstream.url);
  other = await startFront(bedrockFront, upstream.url);
});
afterEach(() => upstream.reset());
afterAll(() => Promise.all([front.close(), other.close(), upstream.close()]));

const channel = (more: Parameters<typeof bedrock>[0] & object = {}) =>
  bedrock({ baseURL: front.url, region: "eu-central-1", credentials: keys, ...more });
const lastCall = () => front.calls.at(-1) ?? refuse();

describe("a call that AWS keys sign", () => {
  test.each([claude, "amazon.nova-2-lite-v1:0", "arn:aws:bedrock:eu-central-1:1:application-inference-profile/ab1"])(
    "to %s is taken, for its region and with its token",
    async (model) => {
      const { openai } = gatewayOf([channel()]);
      const messages: ChatCompletionMessageParam[] = [{ role: "user", content: "Say ✓." }];
      const { choices } = await openai.chat.completions.create({ model: `bedrock/${model}`, messages });
      expect(choices[0]?.message.content).toBe("Say ✓.");
      const { headers, url } = lastCall();
      expect(url).toContain(`/model/${encodeURIComponent(model)}/`);
      expect(headers).toMatchObject({ "x-amz-security-token": sessionToken, "content-type": "application/json" });
      expect(headers["authorization"]).toContain(
        "/eu-central-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token,",
      );
    },
  );

  test("may take them from the environment, or from a function that is asked each time", async () => {
    const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    const fromEnv = gatewayOf([bedrock({ baseURL: front.url })], { env });
    expect((await fromEnv.chat({ model: `bedrock/${claude}` })).status).toBe(200);
    expect(fromEnv.gateway.inspect().channels).toMatchObject([
      { key: { from: "variable", variable: "AWS_ACCESS_KEY_ID" } },
    ]);

    let asked = 0;
    const credentials = () => Promise.resolve({ ...keys, sessionToken: `token-${++asked}` });
    const dynamic = gatewayOf([channel({ credentials })]);
    for (let call = 0; call < 2; call++) expect((await dynamic.chat({ model: `bedrock/${claude}` })).status).toBe(200);
    expect(lastCall().headers["x-amz-security-token"]).toBe("token-2");
  });

  test("with the wrong secret is the operator's trouble, whose secret nobody sees", async () => {
    const wrong = { ...keys, secretAccessKey: "wr0ng/s3cret0000000000000000000000000000" };
    const { chat } = gatewayOf([channel({ credentials: wrong })], { attempts: 1 });
    const { status, text } = await chat({ model: `bedrock/${claude}` });
    expect(status).toBe(502);
    expect(JSON.parse(text)).toMatchObject({
      error: { code: "upstream_credential" },
      sluice: { attempts: [{ status: 403 }] },
    });
    for (const secret of [wrong.secretAccessKey, sessionToken]) expect(text).not.toContain(secret);
  });

  test("needs both halves of the keys", () => {
    const open = () => gatewayOf([bedrock()], { env: { AWS_ACCESS_KEY_ID: accessKeyId } });
    expect(open).toThrow(expect.objectContaining({ code: "SLUICE_CONFIG_INVALID" }));
    expect(() => bedrock({ region: "eu/../" })).toThrow(expect.objectContaining({ code: "SLUICE_CONFIG_INVALID" }));
  });
});

const weather = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const question = "weather in Oslo and Rome";

describe.each([
  ["InvokeModel", {}],
  ["Converse", { speaks: ["bedrock-converse"] }],
] as const)("a conversation with tools and thinking through %s", (_name, options) => {
  test.each([false, true])(
    "of Anthropic's client (stream: %s) brings every signature back as it was",
    async (stream) => {
      const { anthropic } = gatewayOf([channel(options)]);
      const settings = {
        model: `bedrock/${claude}`,
        max_tokens: 4096,
        thinking: { type: "enabled", budget_tokens: 2048 } as const,
        tools: [{ name: "get_weather", input_schema: weather as { type: "object" } }],
      };
      const say = (messages: MessageParam[]): Promise<Message> =>
        stream
          ? anthropic.messages.stream({ ...settings, messages }).finalMessage()
          : anthropic.messages.create({ ...settings, messages });

      const first = await say([{ role: "user", content: question }]);
      expect(first.stop_reason).toBe("tool_use");
      const calls = first.content.filter((block) => block.type === "tool_use");
      expect(calls.map((call) => call.input)).toEqual([{ city: "Oslo" }, { city: "Rome" }]);
      const signatures = signaturesIn(first.content);
      expect(signatures).toHaveLength(1);

      const results = calls.map((call) => ({ type: "tool_result" as const, tool_use_id: call.id, content: "sunny" }));
      const second = await say([
        { role: "user", content: question },
        { role: "assistant", content: first.content },
        { role: "user", content: results },
      ]);
      expect(second.content.at(-1)).toMatchObject({ type: "text", text: expect.stringContaining("sunny") });
      expect(sentSignatures()).toEqual(signatures);
    },
  );

  test("of OpenAI's client brings them back as well", async () => {
    const { openai } = gatewayOf([channel(options)]);
    const settings = {
      model: `bedrock/${claude}`,
      max_completion_tokens: 8192,
      reasoning_effort: "medium" as const,
      tools: [{ type: "function" as const, function: { name: "get_weather", parameters: weather } }],
    };
    const messages: ChatCompletionMessageParam[] = [{ role: "user", content: question }];
    const { choices, usage } = await openai.chat.completions.create({ ...settings, messages });
    const message = choices[0]?.message ?? refuse();
    expect(choices[0]?.finish_reason).toBe("tool_calls");
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));

    messages.push(message);
    for (const call of message.tool_calls ?? [])
      messages.push({ role: "tool", tool_call_id: call.id, content: "sunny" });
    const { choices: then } = await openai.chat.completions.create({ ...settings, messages });
    expect(then[0]?.message.content).toContain("sunny");
    const { reasoning_details: details } = message as unknown as { reasoning_details: { signature?: string }[] };
    // To a client of another vendor a signature goes in an envelope that names its own.
    const given = details.flatMap(({ signature }) => (signature ? openState(signature, "openai", "signature") : []));
    expect(given).toMatchObject([{ domain: "anthropic" }]);
    expect(sentSignatures()).toEqual(given.map(({ data }) => data));
  });
});

/** What the model got back: the front has undone the cloud's wire, but for nothing else. */
function sentSignatures(): unknown[] {
  const sent = upstream.requests.at(-1)?.json as JsonObject;
  const turns = sent["messages"] as { content: { type: string; signature?: string }[] }[];
  return turns.flatMap(({ content }) => (Array.isArray(content) ? signaturesIn(content) : []));
}

function signaturesIn(blocks: readonly { type: string; signature?: string }[]): (string | undefined)[] {
  return blocks.filter(({ type }) => type === "thinking").map(({ signature }) => signature);
}

describe("what goes wrong", () => {
  const both = () => [channel({ id: "first" }), channel({ id: "second", baseURL: other.url })];
  const models = { any: { targets: [`first/${claude}`, `second/${claude}`] } };

  test.each([
    ["status:429", "rate"],
    ["status:503", "overloaded"],
    ["status:500", "server"],
    ["status:403", "credential"],
    ["error-event:0", "server"],
    ["cut:0", "protocol"],
  ] as const)("%s moves a stream on to the next target, as %s", async (fault, failureClass) => {
    upstream.script([fault]);
    const { chat } = gatewayOf(both(), { models });
    const { status, text } = await chat({ model: "any", stream: true });
    expect(status).toBe(200);
    expect(text).toContain("Hello");
    const receipt = /"attempts":\[\{.*?"outcome":"(\w+)"/.exec(text);
    expect(receipt?.[1]).toBe(failureClass);
  });

  test.each(["cut:2", "reset:2", "error-event:2", "malformed-event:2"] as const)(
    "%s in the middle of an answer is never a whole one, in either dialect",
    async (fault) => {
      for (const speaks of [["anthropic"], ["bedrock-converse"]]) {
        upstream.script([fault]);
        const { anthropic } = gatewayOf([channel({ speaks })]);
        const stream = anthropic.messages.stream({
          model: `bedrock/${claude}`,
          max_tokens: 64,
          messages: [{ role: "user", content: "one two three four five six" }],
        });
        await expect(stream.finalMessage()).rejects.toThrow(/./);
      }
    },
  );
});

describe("what a channel can be told", () => {
  test("a guardrail: in the body of Converse, in headers of InvokeModel", async () => {
    const guardrail = { id: "gr-1", version: "2", trace: "enabled", mode: "async" } as const;
    const { chat } = gatewayOf([channel({ guardrail })]);
    await chat({ model: "bedrock/amazon.nova-2-lite-v1:0", stream: true });
    expect(JSON.parse(lastCall().body.toString())).toMatchObject({
      guardrailConfig: {
        guardrailIdentifier: "gr-1",
        guardrailVersion: "2",
        trace: "enabled",
        streamProcessingMode: "async",
      },
    });
    await chat({ model: `bedrock/${claude}` });
    expect(lastCall().headers).toMatchObject({
      "x-amzn-bedrock-guardrailidentifier": "gr-1",
      "x-amzn-bedrock-guardrailversion": "2",
      "x-amzn-bedrock-trace": "ENABLED",
    });
  });

  test("a key of Bedrock's own, which is a bearer", async () => {
    const { chat } = gatewayOf([bedrock({ baseURL: front.url })], {
      env: { AWS_BEARER_TOKEN_BEDROCK: "bedrock-api-key-1" },
    });
    expect((await chat({ model: `bedrock/${claude}` })).status).toBe(200);
    expect(lastCall().headers["authorization"]).toBe("Bearer bedrock-api-key-1");
  });

  test("the Messages API, which is as Anthropic has it", async () => {
    const { gateway, anthropic } = gatewayOf([channel({ messages: true })]);
    expect(gateway.inspect().channels).toMatchObject([{ baseURL: `${front.url}/anthropic/v1` }]);
    const messages: MessageParam[] = [{ role: "user", content: "Say ✓." }];
    const stream = anthropic.messages.stream({ model: `bedrock/${claude}`, max_tokens: 9, messages });
    expect((await stream.finalMessage()).content).toMatchObject([{ type: "text", text: "Say ✓." }]);
    const { url, body, headers } = lastCall();
    expect(url).toBe("/anthropic/v1/messages");
    expect(JSON.parse(body.toString())).toMatchObject({ model: claude, max_tokens: 9 });
    expect(headers["authorization"]).toContain("AWS4-HMAC-SHA256");
  });

  test("nothing about counting, which is done by size and says so", async () => {
    const { anthropic } = gatewayOf([channel()]);
    const counting = anthropic.messages.countTokens({
      model: `bedrock/${claude}`,
      messages: [{ role: "user", content: "Hello" }],
    });
    const { data, response } = await counting.withResponse();
    expect(data.input_tokens).toBeGreaterThan(0);
    expect(response.headers.get("x-sluice-estimated")).toBe("true");
  });

  test("the region, which is the address", () => {
    const { baseURL } = bedrock({ region: "ap-south-1" }).provider;
    expect(baseURL).toMatchObject({ "bedrock-converse": "https://bedrock-runtime.ap-south-1.amazonaws.com" });
  });
});

function refuse(): never {
  throw new Error("Nothing came.");
}
