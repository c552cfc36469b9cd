import { describe, expect, test } from "vitest";
import { decode, partsOf, talk } from "./_bodies.ts";

describe("messages", () => {
  test("of each role are read one for one", () => {
    expect(
      decode(
        talk(
          { role: "developer", content: "Be brief." },
          {
            role: "user",
            name: "Ann",
            content: [{ type: "text", text: "Look", cache_control: { type: "ephemeral", ttl: "1h" } }],
          },
          { role: "assistant", content: null, refusal: "No." },
          { role: "tool", tool_call_id: "c", content: [{ type: "text", text: "4" }] },
        ),
      ).messages,
    ).toEqual([
      { role: "system", parts: [{ type: "text", text: "Be brief." }] },
      { role: "user", name: "Ann", parts: [{ type: "text", text: "Look", cache: { ttl: "1h" } }] },
      { role: "assistant", parts: [{ type: "refusal", text: "No." }] },
      { role: "tool", parts: [{ type: "tool-result", callId: "c", content: [{ type: "text", text: "4" }] }] },
    ]);
  });

  test("carry media as URL, data and file", () => {
    const content = [
      { type: "image_url", image_url: { url: "https://a.example/b.png", detail: "low" } },
      { type: "image_url", image_url: { url: "data:image/jpg;base64,/9j/" } },
      { type: "input_audio", input_audio: { data: "AQID", format: "mp3" } },
      { type: "file", file: { file_data: "data:application/pdf;base64,JVBERg==", filename: "a.pdf" } },
      { type: "file", file: { file_id: "file_1" } },
      { type: "hologram", data: 1 },
    ];
    expect(partsOf({ role: "user", content })[0]).toEqual([
      { type: "image", source: { kind: "url", url: "https://a.example/b.png" }, detail: "low" },
      { type: "image", source: { kind: "data", mediaType: "image/jpeg", data: "/9j/" } },
      { type: "audio", source: { kind: "data", mediaType: "audio/mpeg", data: "AQID" } },
      { type: "file", source: { kind: "data", mediaType: "application/pdf", data: "JVBERg==" }, filename: "a.pdf" },
      { type: "file", source: { kind: "file", id: "file_1" } },
      { type: "provider", format: "openai-chat", item: { type: "hologram", data: 1 } },
    ]);
  });

  test("of part types that no one knows are kept, however they are called", () => {
    for (const type of ["constructor", "__proto__", "toString"]) {
      expect(partsOf({ role: "user", content: [{ type }] })[0]).toMatchObject([{ type: "provider", item: { type } }]);
    }
  });

  test("with empty arguments of a call have an empty object", () => {
    const tool_calls = [{ id: "c", type: "function", function: { name: "now", arguments: "" } }];
    expect(partsOf({ role: "assistant", tool_calls })[0]).toEqual([
      { type: "tool-call", id: "c", name: "now", arguments: "{}" },
    ]);
  });

  test("of legacy functions find their calls", () => {
    const [first, second] = partsOf(
      { role: "assistant", content: null, function_call: { name: "now", arguments: "{}" } },
      { role: "function", name: "now", content: "noon" },
    );
    const id = (first as { id: string }[])[0]?.id;
    expect(second).toEqual([
      { type: "tool-result", callId: id, name: "now", content: [{ type: "text", text: "noon" }] },
    ]);
  });
});
