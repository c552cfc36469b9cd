import OpenAI from "openai";
import { zodResponsesFunction, zodTextFormat } from "openai/helpers/zod";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { models, upstreamNames } from "./pairs.ts";
import { openGateway, type Running } from "./running.ts";

let running: Running;
beforeAll(async () => void (running = await openGateway()));
afterAll(() => running.close());

const person = z.object({ name: z.string(), age: z.number().int() });
const weather = zodResponsesFunction({ name: "get_weather", parameters: z.object({ city: z.string() }) });

describe.each(upstreamNames.map((name) => [name, models[name]] as const))("responses of %s", (_name, model) => {
  const sdk = () => new OpenAI({ apiKey: "sk-any", baseURL: `${running.url}/v1`, maxRetries: 0 });
  const text = { format: zodTextFormat(person, "person") };

  test("are parsed by a schema, whole and streamed", async () => {
    const ask = { model, input: "Who is Ada?", text };
    const { output_parsed } = await sdk().responses.parse(ask);
    expect(person.parse(output_parsed)).toEqual(output_parsed);
    const streamed = await sdk().responses.stream(ask).finalResponse();
    expect(person.parse(streamed.output_parsed)).toEqual(streamed.output_parsed);
  });

  test("have calls whose arguments are parsed, whole and streamed", async () => {
    const ask = { model, input: "What is the weather in Paris?", tools: [weather] };
    for (const { output } of [await sdk().responses.parse(ask), await sdk().responses.stream(ask).finalResponse()]) {
      const call = output.find((item) => item.type === "function_call");
      expect(call?.parsed_arguments).toEqual({ city: expect.any(String) as unknown });
    }
  });
});
