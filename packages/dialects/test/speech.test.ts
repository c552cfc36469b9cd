import type { ChatRequest, JsonObject, Reply } from "@sluice/core";
import { expect, test } from "vitest";
import { anthropic, gemini, openaiChat } from "../src/index.ts";
import { call, subjectOf } from "./_subject.ts";

const chat = subjectOf(openaiChat, "m");
const google = subjectOf(gemini, "gemini-3-flash");
const samples = btoa("\u0001\u0002\u0003\u0004");

const asked = (audio: JsonObject): ChatRequest =>
  chat.client.decodeRequest(
    { model: "m", modalities: ["text", "audio"], audio, messages: [{ role: "user", content: "Say hi" }] },
    call("/"),
  );

const spoken: JsonObject = {
  candidates: [
    {
      content: {
        role: "model",
        parts: [{ inlineData: { mimeType: "audio/L16;codec=pcm;rate=24000", data: samples } }],
      },
      finishReason: "STOP",
    },
  ],
};

const heard = (request: ChatRequest, reply: Reply) => {
  const body = chat.client.encodeReply(reply, { ...chat.answerContext, request }) as unknown as {
    choices: { message: { audio: { data: string } } }[];
  };
  return body.choices[0]?.message.audio.data ?? "";
};

test("a client of chat hears what Gemini says, as samples or as a file", () => {
  const raw = asked({ voice: "Kore", format: "pcm16" });
  const reply = google.upstream.decodeReply(spoken, { target: google.target, request: raw });
  expect(heard(raw, reply)).toBe(samples);

  const file = atob(heard(asked({ voice: "Kore", format: "wav" }), reply));
  expect([file.slice(0, 4), file.slice(8, 16), file.slice(36, 40), file.length]).toEqual([
    "RIFF",
    "WAVEfmt ",
    "data",
    48,
  ]);
  expect(file.slice(44)).toBe(atob(samples));
  // 24 000 samples a second of two bytes each.
  expect(Array.from(file.slice(24, 32), (byte) => byte.charCodeAt(0))).toEqual([0xc0, 0x5d, 0, 0, 0x80, 0xbb, 0, 0]);
});

test("a client of Gemini hears what chat says, with the type of its samples", () => {
  const generationConfig = {
    responseModalities: ["AUDIO"],
    speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Kore" } } },
  };
  const path = "/v1beta/models/m:generateContent";
  const request = google.client.decodeRequest(
    { contents: [{ parts: [{ text: "Say hi" }] }], generationConfig },
    call(path),
  );
  const { body, warnings } = chat.upstream.encodeRequest(request, chat.target);
  expect(body).toMatchObject({ modalities: ["text", "audio"], audio: { voice: "alloy", format: "pcm16" } });
  expect(warnings).toMatchObject([{ code: "changed_parameter", field: "audio.voice" }]);

  const message = {
    role: "assistant",
    content: null,
    audio: { id: "a", data: samples, transcript: "hi", expires_at: 1 },
  };
  const context = { target: chat.target, request };
  const reply = chat.upstream.decodeReply(
    { id: "c", choices: [{ index: 0, message, finish_reason: "stop" }] },
    context,
  );
  const answer = google.client.encodeReply(reply, { ...google.answerContext, request });
  expect(answer).toMatchObject({
    candidates: [
      { content: { parts: [{ inlineData: { mimeType: "audio/L16;codec=pcm;rate=24000", data: samples } }] } },
    ],
  });
});

test("pictures of an answer go back with the next turn", () => {
  const url = "data:image/png;base64,iVBORw==";
  const images = [{ type: "image_url", index: 0, image_url: { url } }];
  const messages = [
    { role: "user", content: "Draw" },
    { role: "assistant", content: "Here", images },
    { role: "user", content: "Larger" },
  ];
  const request = chat.client.decodeRequest({ model: "m", modalities: ["image", "text"], messages }, call("/"));
  const { body } = google.upstream.encodeRequest(request, google.target);
  expect(body).toMatchObject({
    contents: [
      {},
      { role: "model", parts: [{ text: "Here" }, { inlineData: { mimeType: "image/png", data: "iVBORw==" } }] },
      {},
    ],
    generationConfig: { responseModalities: ["IMAGE", "TEXT"] },
  });
  const own = chat.upstream.encodeRequest(request, chat.target).body;
  expect(own).toMatchObject({
    modalities: ["image", "text"],
    messages: [{}, { images: [{ image_url: { url } }] }, {}],
  });
});

test("a model that only writes is not asked to speak or draw", () => {
  const claude = subjectOf(anthropic, "claude-sonnet-5");
  const refused = expect.objectContaining({ param: "modalities" }) as Error;
  expect(() => claude.upstream.encodeRequest(asked({ voice: "alloy", format: "wav" }), claude.target)).toThrow(refused);
});
