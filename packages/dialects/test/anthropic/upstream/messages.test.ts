import type { ChatRequest, JsonObject } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { text } from "../fixtures.ts";
import { encode } from "./_encoding.ts";

describe("messages", () => {
  test("alternate, results first, with names and ids that the vendor takes", () => {
    const { body } = encode({
      tools: [{ name: "files.read" }],
      toolChoice: { type: "tool", name: "files.read" },
      messages: [
        { role: "system", parts: [text("be brief")] },
        { role: "user", parts: [text("go")] },
        {
          role: "assistant",
          parts: [
            text("calling"),
            { type: "tool-call", id: "functions.read:0", name: "files.read", arguments: '{"path":"a"}' },
          ],
        },
        { role: "user", parts: [text("quick")] },
        { role: "tool", parts: [{ type: "tool-result", callId: "functions.read:0", content: [text("contents")] }] },
      ],
    });
    const {
      tools,
      messages,
      tool_choice: choice,
    } = body as { tools: { name: string }[]; messages: { content: JsonObject[] }[]; tool_choice: JsonObject };
    const name = tools[0]?.name ?? "";
    expect(name).toMatch(/^files_read_[a-z0-9]{8}$/);
    expect(choice).toEqual({ type: "tool", name });
    expect(body["system"]).toBe("be brief");
    const id = messages[1]?.content[1]?.["id"];
    expect(id).toMatch(/^[a-zA-Z0-9_-]+$/);
    expect(messages).toEqual([
      { role: "user", content: [text("go")] },
      { role: "assistant", content: [text("calling"), { type: "tool_use", id, name, input: { path: "a" } }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: id, content: "contents" }, text("quick")] },
    ]);
  });

  test("carry arguments that are no object, with a warning", () => {
    const calls = ["", "{oops", "[1]"].map((value, index) => ({
      type: "tool-call" as const,
      id: `c${index}`,
      name: "look",
      arguments: value,
    }));
    const { body, codes } = encode({
      messages: [
        { role: "user", parts: [text("x")] },
        { role: "assistant", parts: calls },
      ],
    });
    const [, assistant] = body["messages"] as { content: JsonObject[] }[];
    expect(assistant?.content.map((block) => block["input"])).toEqual([
      {},
      { raw_arguments: "{oops" },
      { raw_arguments: "[1]" },
    ]);
    expect(codes).toEqual(["raw_arguments", "raw_arguments"]);
  });

  test("carry the names of arguments as they are spelled, whatever was parsed before", () => {
    // What the engine remembers of one client's names must not be read into another's.
    for (let time = 0; time < 3; time++) JSON.parse(String.raw`{"a":1,"\\":2}`);
    const call = { type: "tool-call" as const, id: "c", name: "look", arguments: String.raw`{"a":1,"\u00e9":2}` };
    const { body } = encode({
      messages: [
        { role: "user", parts: [text("x")] },
        { role: "assistant", parts: [call] },
      ],
    });
    expect(body["messages"]).toMatchObject([{}, { content: [{ input: { a: 1, é: 2 } }] }]);
  });

  test("keep a prefill without its trailing blanks", () => {
    const { body } = encode({
      messages: [
        { role: "user", parts: [text("x")] },
        { role: "assistant", parts: [text("It is \n")] },
      ],
    });
    expect(body["messages"]).toMatchObject([{}, { content: [text("It is")] }]);
  });

  test("refuse what cannot be carried", () => {
    const withPart = (part: ChatRequest["messages"][number]["parts"][number]) => () =>
      encode({ messages: [{ role: "user", parts: [part] }] });
    const refused = expect.objectContaining({ code: "SLUICE_REQUEST_UNSUPPORTED" });
    expect(withPart({ type: "audio", source: { kind: "data", mediaType: "audio/wav", data: "" } })).toThrowError(
      refused,
    );
    expect(withPart({ type: "image", source: { kind: "file", id: "file_1" } })).toThrowError(refused);
    expect(withPart({ type: "file", source: { kind: "data", mediaType: "application/zip", data: "" } })).toThrowError(
      refused,
    );
    expect(() =>
      encode({ providerTools: [{ format: "openai-responses", item: { type: "file_search" } }] }),
    ).toThrowError(refused);
  });
});
