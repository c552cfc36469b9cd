import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMockUpstream, failureTrigger, hostedTriggers, triggers } from "../src/index.ts";
import type { MockUpstream } from "../src/index.ts";
import { openaiSDK, person, pixel, pixelBytes, weather } from "./sdks.ts";

type Body = OpenAI.Responses.ResponseCreateParamsNonStreaming;
type Items = OpenAI.Responses.ResponseInputItem[];

let upstream: MockUpstream;
let client: OpenAI;
beforeAll(async () => {
  upstream = await createMockUpstream();
  client = openaiSDK(upstream);
});
afterAll(() => upstream.close());

const tools = [{ type: "function" as const, name: "get_weather", parameters: weather, strict: true }];
const thinking = {
  model: "gpt-5.1",
  reasoning: { effort: "low" as const, summary: "detailed" as const },
  include: ["reasoning.encrypted_content" as const],
  store: false,
};

/** The events of a stream as they come, and what the library puts together from them. */
async function streamed(body: Body) {
  const stream = client.responses.stream({ ...body, stream: true });
  const types: string[] = [];
  const numbers: number[] = [];
  stream.on("event", (event) => {
    types.push(event.type);
    numbers.push(event.sequence_number);
  });
  const response = await stream.finalResponse();
  expect(numbers).toEqual(numbers.map((_, at) => at));
  return { types, response };
}

describe("an answer", () => {
  test("says what was said and counts its tokens", async () => {
    const response = await client.responses.create({ model: "gpt-4.1-mini", input: "Hello there, Sluice" });
    expect(response).toMatchObject({ status: "completed", error: null, output_text: "Hello there, Sluice" });
    expect(response.usage?.total_tokens).toBe(
      (response.usage?.input_tokens ?? 0) + (response.usage?.output_tokens ?? 0),
    );
  });

  const bodies: Readonly<Record<string, Body>> = {
    text: { model: "gpt-4.1-mini", input: "One two three ✓ 世界" },
    reasoning: { ...thinking, input: "Think about it" },
    calls: { model: "gpt-4.1-mini", input: "What is the weather in Paris and Rome?", tools },
    refusal: { model: "gpt-4.1-mini", input: triggers.refuse },
    cut: { model: "gpt-4.1-mini", input: "word ".repeat(40), max_output_tokens: 16 },
    custom: { model: "gpt-4.1-mini", input: "weather in Oslo", tools: [{ type: "custom", name: "shout" }] },
    search: { model: "gpt-4.1-mini", input: hostedTriggers.web_search, tools: [{ type: "web_search" }] },
    image: {
      model: "gpt-4.1-mini",
      input: hostedTriggers.image_generation,
      tools: [{ type: "image_generation", partial_images: 2 }],
    },
    code: {
      model: "gpt-4.1-mini",
      input: hostedTriggers.code_interpreter,
      tools: [{ type: "code_interpreter", container: { type: "auto" } }],
    },
    files: {
      model: "gpt-4.1-mini",
      input: hostedTriggers.file_search,
      tools: [{ type: "file_search", vector_store_ids: ["vs_1"] }],
    },
    mcp: {
      model: "gpt-4.1-mini",
      input: hostedTriggers.mcp,
      tools: [{ type: "mcp", server_label: "wiki", server_url: "https://mcp.example" }],
    },
    shell: { model: "gpt-4.1-mini", input: hostedTriggers.shell, tools: [{ type: "shell" }] },
  };

  test.each(Object.entries(bodies))("is streamed as it is given whole: %s", async (_name, body) => {
    const whole = await client.responses.create(body);
    const { response } = await streamed(body);
    expect(response.output).toMatchObject(whole.output);
    expect(response.usage).toEqual(whole.usage);
    expect(response.status).toBe(whole.status);
  });

  test("has each kind of event in its order", async () => {
    const { types } = await streamed({ model: "gpt-4.1-mini", input: "Hi" });
    expect(types).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    const seen = new Set<string>();
    for (const body of Object.values(bodies)) for (const type of (await streamed(body)).types) seen.add(type);
    expect([...seen]).toEqual(
      expect.arrayContaining([
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.function_call_arguments.done",
        "response.refusal.delta",
        "response.incomplete",
        "response.custom_tool_call_input.delta",
        "response.web_search_call.searching",
        "response.output_text.annotation.added",
        "response.image_generation_call.partial_image",
        "response.code_interpreter_call.interpreting",
        "response.file_search_call.completed",
        "response.mcp_call_arguments.done",
        "response.mcp_list_tools.completed",
        "response.shell_call_command.done",
      ]),
    );
  });

  test("fills a JSON schema", async () => {
    const format = { type: "json_schema" as const, name: "person", schema: person, strict: true };
    const response = await client.responses.parse({ model: "gpt-4.1-mini", input: "Someone", text: { format } });
    expect(JSON.parse(response.output_text)).toEqual({ name: "name", age: 18, tags: ["tags"] });
  });

  test("describes the image that it got", async () => {
    const image_url = `data:image/png;base64,${pixel}`;
    const content = [
      { type: "input_text" as const, text: "Look." },
      { type: "input_image" as const, image_url, detail: "auto" as const },
    ];
    const { output_text } = await client.responses.create({
      model: "gpt-4.1-mini",
      input: [{ role: "user", content }],
    });
    expect(output_text).toContain(`image/png of ${pixelBytes} bytes`);
  });

  test("that failed says so as an answer, whole and streamed", async () => {
    const body = { model: "gpt-4.1-mini", input: failureTrigger };
    expect(await client.responses.create(body)).toMatchObject({ status: "failed", error: { code: "server_error" } });
    const { types } = await streamed(body);
    expect(types.at(-1)).toBe("response.failed");
    const blocked = await client.responses.create({ ...body, input: triggers.block });
    expect(blocked).toMatchObject({ status: "failed", error: { code: "invalid_prompt" }, output: [] });
  });

  test("shows raw thinking only where the vendor does", async () => {
    const own = await client.responses.create({ ...thinking, input: "Think" });
    expect(own.output[0]).toMatchObject({ type: "reasoning", summary: [{}, {}], encrypted_content: /^gAAAAA/ });
    expect(own.output[0]).not.toHaveProperty("content");
    const { types, response } = await streamed({
      model: "deepseek-reasoner",
      input: "Think",
      reasoning: { effort: "low" },
    });
    expect(types).toContain("response.reasoning_text.delta");
    expect(response.output[0]).toMatchObject({ type: "reasoning", content: [{ type: "reasoning_text" }] });
  });
});

describe("a second turn", () => {
  const question: Items[number] = { role: "user", content: "What is the weather in Paris?" };
  const ask = (input: Items) => client.responses.create({ ...thinking, tools, input });
  const results = (output: OpenAI.Responses.ResponseOutputItem[]): Items =>
    output.flatMap((item) =>
      item.type === "function_call"
        ? [{ type: "function_call_output" as const, call_id: item.call_id, output: "sunny" }]
        : [],
    );

  test("takes encrypted reasoning back with the calls that it led to", async () => {
    const first = await ask([question]);
    expect(first.output.map(({ type }) => type)).toEqual(["reasoning", "function_call"]);
    const second = await ask([question, ...(first.output as Items), ...results(first.output)]);
    expect(second.output_text).toBe("get_weather says sunny");
  });

  test("refuses reasoning that has changed, is incomplete or alone", async () => {
    const first = await ask([question]);
    const [reasoning, call] = first.output as Items;
    const rest = results(first.output);
    const changed = { ...reasoning, encrypted_content: "gAAAAAother" } as Items[number];
    const forgotten = { ...reasoning, encrypted_content: null } as Items[number];
    const cases: [Items, number, RegExp][] = [
      [[question, changed, call as Items[number], ...rest], 400, /could not be verified/],
      [[question, forgotten, call as Items[number], ...rest], 404, /Items are not persisted/],
      [[question, call as Items[number], ...rest], 400, /without its required 'reasoning' item/],
      [[reasoning as Items[number], question], 400, /without its required following item/],
      [[question, reasoning as Items[number], call as Items[number]], 400, /No tool output found/],
      [[question, ...rest], 400, /No tool call found/],
    ];
    for (const [input, status, message] of cases)
      await expect(ask(input)).rejects.toMatchObject({ status, message: expect.stringMatching(message) });
    // Without item ids nothing is bound to the reasoning that is not there.
    const { id: _id, ...loose } = call as { id: string } & Items[number];
    expect((await ask([question, loose as Items[number], ...rest])).output_text).toBe("get_weather says sunny");
  });

  test("goes on from a kept answer by its id", async () => {
    const first = await client.responses.create({ model: "gpt-5.1", input: "What is the weather in Rome?", tools });
    const next = { model: "gpt-5.1", tools, previous_response_id: first.id, input: results(first.output) };
    expect((await client.responses.create(next)).output_text).toBe("get_weather says sunny");
    await expect(client.responses.create({ ...next, previous_response_id: "resp_none" })).rejects.toMatchObject({
      status: 400,
      code: "previous_response_not_found",
    });
  });
});

describe("a kept answer", () => {
  test("is read, streamed again, listed and deleted", async () => {
    const input: Items = [
      { role: "user", content: "One" },
      { role: "assistant", content: "Two" },
      { role: "user", content: "Three" },
    ];
    const made = await client.responses.create({ model: "gpt-4.1-mini", input });
    expect(await client.responses.retrieve(made.id)).toEqual(made);
    const types: string[] = [];
    for await (const event of await client.responses.retrieve(made.id, { stream: true, starting_after: 0 }))
      types.push(event.type);
    expect([types[0], types.at(-1)]).toEqual(["response.in_progress", "response.completed"]);

    const listed = await client.responses.inputItems.list(made.id, { order: "asc", limit: 2 });
    const items: unknown[] = [];
    for await (const item of listed) items.push(item);
    expect(items).toMatchObject([{ role: "user" }, { role: "assistant" }, { role: "user" }]);

    await client.responses.delete(made.id);
    await expect(client.responses.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
  });

  test("is not kept when it should not be, and can be made in the background", async () => {
    const gone = await client.responses.create({ model: "gpt-4.1-mini", input: "Hi", store: false });
    await expect(client.responses.retrieve(gone.id)).rejects.toMatchObject({ status: 404 });
    const queued = await client.responses.create({ model: "gpt-4.1-mini", input: "Hi", background: true });
    expect(queued).toMatchObject({ status: "queued", output: [] });
    expect((await client.responses.retrieve(queued.id)).output_text).toBe("Hi");
    expect((await client.responses.cancel(queued.id)).status).toBe("cancelled");
    expect((await streamed({ model: "gpt-4.1-mini", input: "Hi", background: true })).types[1]).toBe("response.queued");
  });

  test("is compacted", async () => {
    const compacted = await client.responses.compact({ model: "gpt-5.1", input: "A long story" });
    expect(compacted.output[0]).toMatchObject({ type: "compaction", encrypted_content: /^gAAAAA/ });
    const goesOn = [...(compacted.output as Items), { role: "user" as const, content: "And then?" }];
    expect((await client.responses.create({ model: "gpt-5.1", input: goesOn })).output_text).toBe("And then?");
  });
});

const refusals: [why: string, body: Record<string, unknown>, message: RegExp][] = [
  ["chat's messages", { messages: [] }, /Unknown parameter: 'messages'/],
  ["chat's form of a tool", { tools: [{ type: "function", function: { name: "f" } }] }, /'tools\[0\].name'/],
  [
    "chat's parts",
    { input: [{ role: "user", content: [{ type: "text", text: "x" }] }] },
    /Supported values are: 'input_text'/,
  ],
  ["fewer tokens than it takes", { max_output_tokens: 3 }, /Expected a value >= 16/],
  ["a temperature for a reasoning model", { model: "gpt-5.1", temperature: 0.2 }, /'temperature' is not supported/],
  ["effort for a model that does not reason", { reasoning: { effort: "low" } }, /'reasoning.effort' is not supported/],
  ["no input", { input: undefined }, /Missing required parameter: 'input'/],
  [
    "a call's id in the place of an item's",
    {
      input: [
        { type: "function_call", id: "call_1", call_id: "call_1", name: "f", arguments: "{}" },
        { type: "function_call_output", call_id: "call_1", output: "1" },
      ],
    },
    /Expected an ID that begins with 'fc'/,
  ],
  ["JSON mode without the word", { text: { format: { type: "json_object" } } }, /must contain the word 'json'/],
  [
    "a strict schema that is open",
    {
      text: { format: { type: "json_schema", name: "x", strict: true, schema: { type: "object", properties: {} } } },
    },
    /'additionalProperties' is required/,
  ],
];

test.each(refusals)("refuses %s", async (_why, body, message) => {
  const request = { model: "gpt-4.1-mini", input: "hi", ...body } as never;
  await expect(client.responses.create(request)).rejects.toMatchObject({
    status: 400,
    message: expect.stringMatching(message),
  });
});
