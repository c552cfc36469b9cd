import type { ChatRequest, Dialect, Json, JsonObject } from "@sluice/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anthropic, gemini, openaiChat } from "../src/index.ts";
import { call, subjectOf } from "./_subject.ts";

interface Wire {
  dialect: Dialect;
  path: string;
  /** A request with unknown members at each place where one may stand. */
  body: (unknown: JsonObject) => JsonObject;
  /** Those places, as the body is sent on. */
  places: (body: JsonObject) => unknown[];
}

type Any = Record<string, never> & { [name: string]: Any };
const at = (body: JsonObject, path: string): unknown =>
  path.split(".").reduce<unknown>((value, name) => (value as Any | undefined)?.[name], body);

const wires: Readonly<Record<string, Wire>> = {
  "openai-chat": {
    dialect: openaiChat,
    path: "/v1/chat/completions",
    body: (unknown) => ({
      model: "m",
      messages: [
        { role: "user", content: [{ type: "text", text: "Hi", ...unknown }], ...unknown },
        { role: "assistant", content: "Yes.", ...unknown },
        { role: "user", content: [{ type: "image_url", image_url: { url: "https://a.example/b.png" }, ...unknown }] },
      ],
      tools: [{ type: "function", function: { name: "look", parameters: { type: "object" }, ...unknown } }],
      ...unknown,
    }),
    places: (body) =>
      ["messages.0", "messages.0.content.0", "messages.1", "messages.2.content.0", "tools.0.function"].map((path) =>
        at(body, path),
      ),
  },
  anthropic: {
    dialect: anthropic,
    path: "/v1/messages",
    body: (unknown) => ({
      model: "m",
      max_tokens: 9,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "Hi", ...unknown },
            {
              type: "document",
              source: { type: "base64", media_type: "application/pdf", data: "JVBERg==" },
              ...unknown,
            },
          ],
        },
        { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "look", input: {}, ...unknown }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "a cat", ...unknown }] },
      ],
      tools: [{ name: "look", input_schema: { type: "object" }, ...unknown }],
      ...unknown,
    }),
    places: (body) =>
      ["messages.0.content.0", "messages.0.content.1", "messages.1.content.0", "messages.2.content.0", "tools.0"].map(
        (path) => at(body, path),
      ),
  },
  gemini: {
    dialect: gemini,
    path: "/v1beta/models/m:generateContent",
    body: (unknown) => ({
      contents: [
        {
          role: "user",
          parts: [
            { text: "Hi", ...unknown },
            { inlineData: { mimeType: "image/png", data: "iVBORw==" }, ...unknown },
          ],
        },
        { role: "model", parts: [{ functionCall: { id: "a", name: "look", args: {} }, ...unknown }] },
        {
          role: "user",
          parts: [{ functionResponse: { id: "a", name: "look", response: { output: "a cat" }, ...unknown } }],
        },
      ],
      tools: [{ functionDeclarations: [{ name: "look", ...unknown }] }],
      toolConfig: { functionCallingConfig: { mode: "AUTO", ...unknown } },
      generationConfig: { topK: 3, ...unknown },
      ...unknown,
    }),
    places: (body) =>
      [
        "contents.0.parts.0",
        "contents.0.parts.1",
        "contents.1.parts.0",
        "contents.2.parts.0.functionResponse",
        "tools.0.functionDeclarations.0",
        "toolConfig.functionCallingConfig",
        "generationConfig",
      ].map((path) => at(body, path)),
  },
};

const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json);
const unknowns = fc.dictionary(fc.stringMatching(/^x[a-z]{1,4}$/), json, { minKeys: 1, maxKeys: 3 });
const read = ({ dialect, path }: Wire, body: JsonObject): ChatRequest =>
  (dialect as Required<Dialect>).client.decodeRequest(body, call(path));

describe.each(Object.entries(wires))("what nobody knows of a request in %s", (id, wire) => {
  const { target } = subjectOf(wire.dialect, "m");

  // A stage that changes a request closes the byte path: it is written anew, and nothing is lost.
  test("is there when it is written anew in the same dialect", () => {
    fc.assert(
      fc.property(unknowns, (unknown) => {
        const { body, warnings } = (wire.dialect as Required<Dialect>).upstream.encodeRequest(
          read(wire, wire.body(unknown)),
          target,
        );
        for (const place of [body, ...wire.places(body)]) expect(place).toMatchObject(unknown);
        expect(warnings).toEqual([]);
      }),
    );
  });

  test.each(Object.entries(wires).filter(([other]) => other !== id))(
    "is a loss for an upstream of %s, and told",
    (_other, { dialect }) => {
      const request = read(wire, wire.body({ xNova: 1 }));
      const { body, warnings } = (dialect as Required<Dialect>).upstream.encodeRequest(
        request,
        subjectOf(dialect, "m").target,
      );
      expect(JSON.stringify(body)).not.toContain("xNova");
      const told = warnings.filter(({ field }) => field?.endsWith("xNova"));
      expect(told.map(({ field }) => field)).toEqual(
        expect.arrayContaining(["xNova", "messages.content.xNova", "tools.xNova"]),
      );
      expect(new Set(told.map(({ field }) => field)).size).toBe(told.length);
    },
  );
});
