import type { JsonObject } from "@sluice/core";
import { afterAll, beforeAll, expect } from "vitest";
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
  stop: { openai: "stop", anthropic: "end_turn", gemini: "STOP" },
  calls: { openai: "tool_calls", anthropic: "tool_use", gemini: "STOP" },
  length: { openai: "length", anthropic: "max_tokens", gemini: "MAX_TOKENS" },
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

    pair.check("stop sequences", async () => {
      const said = await pair.talk({ stop: ["lakes", "seas"] }).ask(rivers);
      const told = client === "anthropic" && upstream === "anthropic" ? "stop_sequence" : pair.of(finishes.stop);
      expect(said).toMatchObject({ text: "Tell me about rivers and ", finish: told });
    });

    pair.check("length", async () => {
      const said = await pair.talk({ maxTokens: 3 }).ask(rivers);
      expect(said).toMatchObject({ text: "Tell me abou", finish: pair.of(finishes.length) });
    });

    pair.check("sampling", async () => {
      const wishes = {
        temperature: 0.5,
        maxTokens: 50,
        ...(client === "anthropic" ? {} : { seed: 7 }),
        ...(client === "openai" ? {} : { topK: 5 }),
        // The newest version of Anthropic's wire takes no sampling at all.
        ...(client === "anthropic" ? { headers: { "anthropic-version": "2023-06-01" } } : {}),
      };
      await pair.talk(wishes).ask(rivers);
      const seed = client === "anthropic" ? {} : { seed: 7 };
      const topK = client !== "openai";
      expect(reached()).toMatchObject(
        pair.at<JsonObject>({
          "openai-chat": { temperature: 0.5, max_completion_tokens: 50, ...seed },
          anthropic: { temperature: 0.5, max_tokens: 50, ...(topK ? { top_k: 5 } : {}) },
          gemini: {
            generationConfig: { temperature: 0.5, maxOutputTokens: 50, ...seed, ...(topK ? { topK: 5 } : {}) },
          },
        }),
      );
      const dropped = pair.at({
        "openai-chat": topK ? ["dropped_parameter top_k"] : [],
        anthropic: client === "anthropic" ? [] : ["dropped_parameter seed"],
        gemini: [],
      });
      expect(await running.warnings()).toEqual(dropped);
    });

    pair.check("refusal", async () => {
      const said = await pair.talk().ask("Please do it, or please refuse");
      // OpenAI's models refuse in words and then simply stop.
      const stops = upstream === "openai-chat" && client === "openai" ? "stop" : pair.of(finishes.filter);
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
      const said = await pair.talk().ask("Now please block this prompt");
      expect(said.calls).toEqual([]);
      // Gemini answers its own callers without a candidate, and gives a reason, which Anthropic's callers read as text.
      const reasoned = upstream === "gemini" && client !== "openai";
      expect(`${said.text}${said.refusal ?? ""}`).toMatch(reasoned ? /PROHIBITED_CONTENT/ : /^/);
      expect(said.finish).toBe(client === "gemini" && upstream === "gemini" ? "" : pair.of(finishes.filter));
    });
  },
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
        upstream === "openai-chat"
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

// The chat dialect cannot mark a result as an error.
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
          anthropic: { messages: [{}, {}, { content: [{ type: "tool_result", is_error: true }] }] },
          gemini: { contents: [{}, {}, { parts: [{ functionResponse: { response: { error: "no such city" } } }] }] },
        }),
      );
      const lost = (await running.warnings()).includes("dropped_parameter is_error");
      expect(lost).toBe(upstream === "openai-chat");
    });
  },
  ({ client }) => client !== "openai",
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
  const turns = (upstream === "gemini" ? body["contents"] : body["messages"]) as JsonObject[];
  const textOf = (content: unknown) =>
    typeof content === "string" ? content : (content as { text?: string }[]).map(({ text = "" }) => text).join("");
  return turns.map((turn) => [
    turn["role"] === "model" ? "assistant" : (turn["role"] as string),
    textOf(member(turn, upstream === "gemini" ? "parts" : "content")),
  ]);
}
