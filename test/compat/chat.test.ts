import type { JsonObject } from "@sluice/core";
import { afterAll, beforeAll, expect } from "vitest";
import { vendorOf } from "./clients.ts";
import { describePairs, member, type UpstreamName } from "./pairs.ts";
import { openGateway, type Running } from "./running.ts";
import { sunny } from "./weather.ts";

let running: Running;
beforeAll(async () => void (running = await openGateway()));
afterAll(() => running.close());

const person = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
  additionalProperties: false,
};
const finishes = {
  stop: { openai: "stop", "openai-responses": "completed", anthropic: "end_turn", gemini: "STOP" },
  calls: { openai: "tool_calls", "openai-responses": "completed", anthropic: "tool_use", gemini: "STOP" },
  length: { openai: "length", "openai-responses": "max_output_tokens", anthropic: "max_tokens", gemini: "MAX_TOKENS" },
  filter: { openai: "content_filter", anthropic: "refusal", gemini: "SAFETY" },
} as const;
// A transparent pixel.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const rivers = "Tell me about rivers and lakes";
const cities = "What is the weather in Paris and Rome?";
const reached = () => running.upstreamBody();

describePairs(
  "Chat",
  () => running,
  (pair) => {
    const { client, upstream } = pair;
    pair.check("text", async () => {
      const said = await pair.talk().ask(rivers);
      expect(said).toMatchObject({ text: rivers, finish: pair.of(finishes.stop), calls: [], refusal: null });
    });

    pair.check("text in pieces", async () => {
      const { pieces } = await pair.talk().ask(rivers);
      expect(pieces > 1).toBe(pair.streamed);
    });

    pair.check("turns", async () => {
      const talk = pair.talk();
      for (const question of ["One", "Two", "Three"]) expect((await talk.ask(question)).text).toBe(question);
      expect(turnsIn(reached(), pair.upstream)).toEqual([
        ["user", "One"],
        ["assistant", "One"],
        ["user", "Two"],
        ["assistant", "Two"],
        ["user", "Three"],
      ]);
    });

    pair.check("system prompt", async () => {
      expect((await pair.talk({ system: "Be brief." }).ask(rivers)).text).toBe(rivers);
      const system = pair.at({
        "openai-chat": { messages: [{ role: "system", content: "Be brief." }, { role: "user" }] },
        "openai-responses": { instructions: "Be brief." },
        anthropic: { system: "Be brief." },
        gemini: { systemInstruction: { parts: [{ text: "Be brief." }] } },
      });
      expect(reached()).toMatchObject(system);
    });

    pair.check("tool calls and their results", async () => {
      const talk = pair.talk({ tools: "weather" });
      const asked = await talk.ask(cities);
      expect(asked).toMatchObject({ finish: pair.of(finishes.calls), text: "" });
      expect(asked.calls.map(({ name, arguments: input }) => [name, input])).toEqual([
        ["get_weather", { city: "Paris" }],
        ["get_weather", { city: "Rome" }],
      ]);
      expect(new Set(asked.calls.map(({ id }) => id)).size).toBe(2);
      expect((await talk.answer(sunny)).text).toBe("get_weather says sunny in Paris; get_weather says sunny in Rome");
    });

    pair.check("no tool", async () => {
      const said = await pair.talk({ tools: "weather", choice: "none" }).ask(cities);
      expect(said).toMatchObject({ calls: [], text: cities, finish: pair.of(finishes.stop) });
    });

    pair.check("any tool, but one", async () => {
      const said = await pair.talk({ tools: "weather", choice: "required" }).ask("Hello");
      expect(said.calls).toMatchObject([{ name: "get_weather" }]);
      expect(reached()).toMatchObject(
        pair.at({
          "openai-chat": { tool_choice: "required" },
          "openai-responses": { tool_choice: "required" },
          anthropic: { tool_choice: { type: "any" } },
          gemini: { toolConfig: { functionCallingConfig: { mode: "ANY" } } },
        }),
      );
    });

    pair.check("this tool", async () => {
      const said = await pair.talk({ tools: "weather", choice: "named" }).ask("Hello");
      expect(said.calls).toMatchObject([{ name: "get_weather" }]);
      expect(reached()).toMatchObject(
        pair.at({
          "openai-chat": { tool_choice: { type: "function", function: { name: "get_weather" } } },
          "openai-responses": { tool_choice: { type: "function", name: "get_weather" } },
          anthropic: { tool_choice: { type: "tool", name: "get_weather" } },
          gemini: { toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["get_weather"] } } },
        }),
      );
    });

    pair.check("image", async () => {
      const picture = { image: { mediaType: "image/png", data: pixel } };
      const { text } = await pair.talk().ask([picture, { text: "What is this?" }]);
      expect(text).toBe(`I see image/png of ${Buffer.from(pixel, "base64").length} bytes.\nWhat is this?`);
    });

    pair.check("image by address", async () => {
      const url = "https://pictures.example/river.png";
      const { text } = await pair.talk().ask([{ image: { url } }, { text: "What is this?" }]);
      expect(text).toMatch(/^I see \S+ at https:\/\/pictures\.example\/river\.png\.\nWhat is this\?$/);
    });

    pair.check("JSON schema", async () => {
      const { text } = await pair.talk({ output: person }).ask("Who wrote this?");
      expect(JSON.parse(text)).toEqual({ name: expect.any(String), age: expect.any(Number) });
    });

    pair.check("length", async () => {
      const said = await pair.talk({ maxTokens: 16 }).ask("word ".repeat(40));
      expect(said).toMatchObject({ text: "word ".repeat(16).trim(), finish: pair.of(finishes.length) });
    });

    pair.check("sampling", async () => {
      const hasSeed = client === "openai-chat" || client === "gemini";
      const hasTopK = client === "anthropic" || client === "gemini";
      const wishes = {
        temperature: 0.5,
        maxTokens: 50,
        ...(hasSeed ? { seed: 7 } : {}),
        ...(hasTopK ? { topK: 5 } : {}),
        // The newest version of Anthropic's wire takes no sampling at all.
        ...(client === "anthropic" ? { headers: { "anthropic-version": "2023-06-01" } } : {}),
      };
      await pair.talk(wishes).ask(rivers);
      const seed = hasSeed ? { seed: 7 } : {};
      expect(reached()).toMatchObject(
        pair.at<JsonObject>({
          "openai-chat": { temperature: 0.5, max_completion_tokens: 50, ...seed },
          "openai-responses": { temperature: 0.5, max_output_tokens: 50 },
          anthropic: { temperature: 0.5, max_tokens: 50, ...(hasTopK ? { top_k: 5 } : {}) },
          gemini: {
            generationConfig: { temperature: 0.5, maxOutputTokens: 50, ...seed, ...(hasTopK ? { topK: 5 } : {}) },
          },
        }),
      );
      const dropped = pair.at({
        "openai-chat": hasTopK ? ["dropped_parameter top_k"] : [],
        "openai-responses": [
          ...(hasTopK ? ["dropped_parameter top_k"] : []),
          ...(hasSeed ? ["dropped_parameter seed"] : []),
        ],
        anthropic: hasSeed ? ["dropped_parameter seed"] : [],
        gemini: [],
      });
      expect(await running.warnings()).toEqual(dropped);
    });

    pair.check("refusal", async () => {
      const said = await pair.talk().ask("Please do it, or please refuse");
      // OpenAI's models refuse in words and then simply stop; its responses never say more.
      const inWords = upstream !== "gemini" && client === "openai-responses";
      const simply = inWords || (vendorOf(upstream) === "openai" && client === "openai-chat");
      const stops = pair.of(simply ? finishes.stop : finishes.filter);
      expect(said).toMatchObject({ finish: stops, calls: [] });
      // Gemini's library leaves out the wire's own place for the vendor's words; Gemini itself gives none.
      const isHidden = client === "gemini" && upstream === "anthropic";
      const heard = isHidden ? await running.last().body : `${said.text}${said.refusal}`;
      expect(heard).toMatch(upstream === "gemini" ? /^/ : /I cannot help with that\./);
    });

    pair.check("filtered answer", async () => {
      const said = await pair.talk().ask("Go on and please trip the filter");
      expect(said).toMatchObject({ text: "This begins well", finish: pair.of(finishes.filter) });
    });

    pair.check("blocked prompt", async () => {
      const blocked = "Now please block this prompt";
      // OpenAI's responses fail, which is an error in every dialect.
      if (upstream === "openai-responses") {
        await expect(pair.talk().ask(blocked)).rejects.toThrow(/flagged/);
        expect(running.last().status).toBe(400);
        return;
      }
      const said = await pair.talk().ask(blocked);
      expect(said.calls).toEqual([]);
      // Gemini answers its own callers without a candidate, and gives a reason, which Anthropic's callers read as text.
      const reasoned = upstream === "gemini" && vendorOf(client) !== "openai";
      expect(`${said.text}${said.refusal ?? ""}`).toMatch(reasoned ? /PROHIBITED_CONTENT/ : /^/);
      const isRefusal = upstream === "anthropic" && client === "openai-responses";
      const finish = pair.of(isRefusal ? finishes.stop : finishes.filter);
      expect(said.finish).toBe(client === "gemini" && upstream === "gemini" ? "" : finish);
    });
  },
);

// OpenAI's responses have no stop sequences.
describePairs(
  "Chat",
  () => running,
  (pair) => {
    const { client, upstream } = pair;
    pair.check("stop sequences", async () => {
      const said = await pair.talk({ stop: ["lakes", "seas"] }).ask(rivers);
      const isTold = (await running.warnings()).includes("dropped_parameter stop");
      const stopped = client === "anthropic" && upstream === "anthropic" ? "stop_sequence" : pair.of(finishes.stop);
      const text = isTold ? rivers : "Tell me about rivers and ";
      expect(said).toMatchObject({ text, finish: stopped });
    });
  },
  ({ client }) => client !== "openai-responses",
);

// Gemini's wire has no later instructions; Anthropic's own callers are passed on as they are.
describePairs(
  "Chat",
  () => running,
  (pair) => {
    const { upstream } = pair;
    pair.check("system message between turns", async () => {
      const talk = pair.talk({ system: "Be brief." });
      await talk.ask("One");
      talk.instruct?.("Be long.");
      await talk.ask("Two");
      const later =
        vendorOf(upstream) === "openai"
          ? [
              ["system", "Be long."],
              ["user", "Two"],
            ]
          : [["user", "<system>Be long.</system>Two"]];
      expect(turnsIn(reached(), pair.upstream).slice(-later.length)).toEqual(later);
    });
  },
  ({ client, upstream }) => client !== "gemini" && !(client === "anthropic" && upstream === "anthropic"),
);

// Gemini has no such wish; as an upstream it cannot keep it, and says so.
describePairs(
  "Chat",
  () => running,
  (pair) => {
    const { upstream } = pair;
    pair.check("one call at a time", async () => {
      const { calls } = await pair.talk({ tools: "weather", oneCall: true }).ask(cities);
      expect(calls).toHaveLength(upstream === "gemini" ? 2 : 1);
      const lost = (await running.warnings()).includes("dropped_parameter parallel_tool_calls");
      expect(lost).toBe(upstream === "gemini");
    });
  },
  ({ client }) => client !== "gemini",
);

// OpenAI's dialects cannot mark a result as an error.
describePairs(
  "Chat",
  () => running,
  (pair) => {
    const { upstream } = pair;
    pair.check("failed tool", async () => {
      const talk = pair.talk({ tools: "weather" });
      await talk.ask("What is the weather in Paris?");
      expect((await talk.answer(() => ({ text: "no such city", isError: true }))).text).toContain("no such city");
      expect(reached()).toMatchObject(
        pair.at<JsonObject>({
          "openai-chat": { messages: [{}, {}, { role: "tool", content: "no such city" }] },
          "openai-responses": { input: [{}, {}, { type: "function_call_output", output: "no such city" }] },
          anthropic: { messages: [{}, {}, { content: [{ type: "tool_result", is_error: true }] }] },
          gemini: { contents: [{}, {}, { parts: [{ functionResponse: { response: { error: "no such city" } } }] }] },
        }),
      );
      const lost = (await running.warnings()).includes("dropped_parameter is_error");
      expect(lost).toBe(vendorOf(upstream) === "openai");
    });
  },
  ({ client }) => vendorOf(client) !== "openai",
);

// Anthropic's wire has no JSON mode: as an upstream it is asked in words.
describePairs(
  "Chat",
  () => running,
  (pair) => {
    pair.check("JSON", async () => {
      const { text } = await pair.talk({ output: "json" }).ask('{"say":"json"}');
      expect(JSON.parse(text)).toBeTypeOf("object");
      expect(reached()).toMatchObject(
        pair.at({
          "openai-chat": { response_format: { type: "json_object" } },
          "openai-responses": { text: { format: { type: "json_object" } } },
          anthropic: { system: expect.stringMatching(/JSON/) as unknown },
          gemini: { generationConfig: { responseMimeType: "application/json" } },
        }),
      );
    });
  },
  ({ client }) => client !== "anthropic",
);

/** Who said what, in an upstream's body. */
function turnsIn(body: JsonObject, upstream: UpstreamName): [role: string, text: string][] {
  const places = { "openai-chat": "messages", "openai-responses": "input", anthropic: "messages", gemini: "contents" };
  const turns = body[places[upstream]] as JsonObject[];
  const textOf = (content: unknown) =>
    typeof content === "string" ? content : (content as { text?: string }[]).map(({ text = "" }) => text).join("");
  return turns.map((turn) => [
    turn["role"] === "model" ? "assistant" : (turn["role"] as string),
    textOf(member(turn, upstream === "gemini" ? "parts" : "content")),
  ]);
}
