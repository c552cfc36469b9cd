import { foldEvents, replay } from "@sluice/core";
import type { JsonObject, Reply } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { anthropic, gemini, openaiChat } from "../src/index.ts";
import { call, subjectOf } from "./_subject.ts";

const claude = subjectOf(anthropic, "claude-sonnet-5");
const google = subjectOf(gemini, "gemini-3-flash");
const chat = subjectOf(openaiChat, "m");

const usage = { inputTokens: 1, cacheReadTokens: null, cacheWriteTokens: null, outputTokens: 1, reasoningTokens: null };
const answerOf = (format: string, item: JsonObject): Reply => ({
  id: "r",
  model: "m",
  created: 1,
  choices: [
    {
      parts: [
        { type: "provider", format, item },
        { type: "text", text: "It is 4." },
      ],
      finish: "stop",
    },
  ],
  usage,
  warnings: [],
});

const code = { executableCode: { language: "PYTHON", code: "2+2" } };
const search = { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "2+2" } };

describe("what a vendor ran goes back to it with the next turn", () => {
  const asked = { role: "user", content: "2+2?" };
  const next = { role: "user", content: "Sure?" };

  test("through a client of Claude's dialect, which cannot show it", async () => {
    const reply = answerOf("gemini", code);
    const whole = claude.client.encodeReply(reply, claude.answerContext);
    const streamed = foldEvents(await claude.decodeBytes(once(claude.encodeEvents(replay(reply)))));
    const redacted = (whole["content"] as JsonObject[])[0];
    expect(redacted).toMatchObject({ type: "redacted_thinking" });
    expect(streamed.reply.choices[0]?.parts[0]).toMatchObject({ state: { data: redacted?.["data"] } });

    const request = claude.client.decodeRequest(
      { model: "m", max_tokens: 9, messages: [asked, { role: "assistant", content: whole["content"] ?? null }, next] },
      call("/"),
    );
    const { body } = google.upstream.encodeRequest(request, google.target);
    expect(body).toMatchObject({ contents: [{}, { role: "model", parts: [code, { text: "It is 4." }] }, {}] });
    const elsewhere = chat.upstream.encodeRequest(request, chat.target);
    expect(JSON.stringify(elsewhere.body)).not.toContain("executableCode");
    expect(elsewhere.warnings).toMatchObject([{ code: "dropped_part" }]);
  });

  test("through a client of Gemini's dialect, which cannot show it", () => {
    const whole = google.client.encodeReply(answerOf("anthropic", search), google.answerContext) as unknown as {
      candidates: { content: JsonObject }[];
    };
    const contents = [
      { role: "user", parts: [{ text: "2+2?" }] },
      whole.candidates[0]?.content ?? {},
      { role: "user", parts: [{ text: "Sure?" }] },
    ];
    const request = google.client.decodeRequest({ contents }, call("/v1beta/models/m:generateContent"));
    const { body } = claude.upstream.encodeRequest(request, claude.target);
    expect(body).toMatchObject({
      messages: [{}, { role: "assistant", content: [search, { type: "text", text: "It is 4." }] }, {}],
    });
  });

  test("through a client of chat, which can read it", () => {
    const body = chat.client.encodeReply(answerOf("anthropic", search), chat.answerContext) as unknown as {
      choices: { message: JsonObject }[];
    };
    const message = body.choices[0]?.message ?? {};
    expect(message).toMatchObject({
      provider_details: [{ type: "server_tool_use", format: "anthropic", index: 0, data: search }],
    });
    const request = chat.client.decodeRequest({ model: "m", messages: [asked, message, next] }, call("/"));
    const parts = (claude.upstream.encodeRequest(request, claude.target).body["messages"] as JsonObject[])[1]?.[
      "content"
    ];
    expect(parts).toEqual(expect.arrayContaining([search]));
  });
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
