import { responses } from "@sluice/responses";
import { hostedTriggers } from "@sluice/testkit";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { check as cell } from "./cells.ts";
import { upstreamNames } from "./pairs.ts";
import { openGateway, type Running } from "./running.ts";
import { weather } from "./weather.ts";

type Body = OpenAI.Responses.ResponseCreateParamsNonStreaming;

let running: Running;
// With a store of its own a gateway answers for what no vendor but OpenAI keeps.
beforeAll(async () => void (running = await openGateway({ plugins: [responses()] })));
afterAll(() => running.close());

const sdk = () => new OpenAI({ apiKey: "sk-any", baseURL: `${running.url}/v1`, maxRetries: 0 }).responses;
const tools = [{ type: "function" as const, ...weather, parameters: { ...weather.parameters }, strict: true }];
const question = "What is the weather in Paris?";
const person = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
};

describe.each(upstreamNames)("OpenAI's library at responses before %s", (provider) => {
  const model = `by-${provider}`;
  const client = "openai-responses";
  const check = (feature: string, body: () => Promise<void>) =>
    cell({ endpoint: "responses", group: "Responses", client, provider, feature }, () => running, body);

  check("create", async () => {
    expect(await sdk().create({ model, input: "Hi" })).toMatchObject({ status: "completed", output_text: "Hi" });
  });
  check("stream, each event in its place", async () => {
    expect(await typesOf({ model, input: "Hi" })).toEqual([
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
  });
  check("stream of calls, each event in its place", async () => {
    const types = await typesOf({ model, input: question, tools });
    expect(types.filter((type) => /arguments|function|created|completed/.test(type))).toEqual([
      "response.created",
      expect.stringMatching(/arguments.delta$/),
      "response.function_call_arguments.done",
      "response.completed",
    ]);
  });
  check("parse", async () => {
    const format = { type: "json_schema" as const, name: "person", strict: true, schema: person };
    const { output_parsed } = await sdk().parse({ model, input: "Who wrote this?", text: { format } });
    expect(output_parsed).toEqual({ name: expect.any(String), age: expect.any(Number) });
  });
  check("tool of free text", async () => {
    const { output } = await sdk().create({ model, input: question, tools: [{ type: "custom", name: "shout" }] });
    expect(output.at(-1)).toMatchObject({ type: "custom_tool_call", name: "shout", input: expect.any(String) });
  });
  check("retrieve, list what led to it, delete", async () => {
    const made = await sdk().create({ model, input: [{ role: "user", content: "Hi" }] });
    expect(await sdk().retrieve(made.id)).toMatchObject({ id: made.id, output: made.output });
    expect((await sdk().inputItems.list(made.id)).data).toMatchObject([{ type: "message", role: "user" }]);
    await sdk().delete(made.id);
    await expect(sdk().retrieve(made.id)).rejects.toMatchObject({ status: 404 });
  });
  check("go on from an answer by its id", async () => {
    const first = await sdk().create({ model, input: question, tools });
    const input = first.output.flatMap((item) =>
      item.type === "function_call"
        ? [{ type: "function_call_output" as const, call_id: item.call_id, output: "sunny" }]
        : [],
    );
    expect(input).toHaveLength(1);
    const next = await sdk().create({ model, input, tools, previous_response_id: first.id });
    expect(next.output_text).toBe("get_weather says sunny");
  });
  check("web search by the vendor", async () => {
    const asked = { model, input: hostedTriggers.web_search, tools: [{ type: "web_search" as const }] };
    const { output, output_text } = await sdk().create(asked);
    expect(output_text).toBe(hostedTriggers.web_search);
    expect(output.some(({ type }) => type === "web_search_call")).toBe(provider === "openai-responses");
  });
  check("picture drawn by the vendor", async () => {
    const asked = {
      model,
      input: hostedTriggers.image_generation,
      tools: [{ type: "image_generation" as const, partial_images: 2 }],
    };
    const { output } = await sdk()
      .stream({ ...asked, stream: true })
      .finalResponse();
    expect(output[0]).toMatchObject({ type: "image_generation_call", result: expect.stringMatching(/^iVBOR/) });
  });
});

/** The types of all events, with runs of the same type told once. Numbers count up from 0. */
async function typesOf(body: Body): Promise<string[]> {
  const events = await Array.fromAsync(await sdk().create({ ...body, stream: true }));
  expect(events.map(({ sequence_number }) => sequence_number)).toEqual([...events.keys()]);
  return events.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1]);
}
