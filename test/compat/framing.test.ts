import type { Framing, Step } from "@sluice/testkit";
import { afterAll, beforeAll, expect } from "vitest";
import { describePairs } from "./pairs.ts";
import { openGateway, type Running } from "./running.ts";
import { sunny } from "./weather.ts";

let running: Running;
beforeAll(async () => void (running = await openGateway()));
afterAll(() => running.close());

const words = "Grüße 🌍 aus Köln, 世界";

// Everything that a stream may look like on the wire and still say the same.
const framings: Readonly<Record<string, Framing>> = {
  CRLF: { lineEnd: "\r\n" },
  "CRLF, byte by byte": { lineEnd: "\r\n", chunks: "byte" },
  CR: { lineEnd: "\r" },
  "CR, byte by byte": { lineEnd: "\r", chunks: "byte" },
  "byte order mark": { bom: true },
  comments: { comments: true },
  "data on several lines": { multiLineData: true },
  "split characters": { chunks: "utf8" },
  "byte by byte": { chunks: "byte" },
  "no last line end": { trailingNewline: false },
  "all of it": { lineEnd: "\r\n", bom: true, comments: true, multiLineData: true, chunks: 3, trailingNewline: false },
};

const oddities: Readonly<Record<string, Step>> = {
  "JSON in place of a stream": "json-reply",
  "compressed stream": "gzip",
  "late usage": "late-usage",
};

describePairs(
  "Streams in any form",
  () => running,
  (pair) => {
    for (const [name, framing] of Object.entries(framings))
      pair.check(name, async () => {
        running.vendors.script([{ type: "framing", ...framing }]);
        const said = await pair.talk().ask(words);
        expect(said).toMatchObject({
          text: words,
          finish: pair.of({ openai: "stop", "openai-responses": "completed", anthropic: "end_turn", gemini: "STOP" }),
        });
        expect(await running.receipt()).toMatchObject({ complete: true, warnings: [] });
      });

    pair.check("calls in CRLF, byte by byte", async () => {
      running.vendors.script([{ type: "framing", lineEnd: "\r\n", chunks: "byte" }]);
      const talk = pair.talk({ tools: "weather" });
      expect((await talk.ask("What is the weather in Köln and Rome?")).calls).toHaveLength(2);
      expect((await talk.answer(sunny)).text).toContain("sunny in Köln");
    });

    for (const [name, step] of Object.entries(oddities))
      pair.check(name, async () => {
        running.vendors.script([step]);
        expect((await pair.talk().ask(words)).text).toBe(words);
        expect(await running.receipt()).toMatchObject({
          complete: true,
          usage: { output_tokens: expect.any(Number) as unknown },
        });
      });
  },
  ({ streamed }) => streamed,
);

// Anthropic's own library breaks without usage, which it gets as the vendor sent it.
describePairs(
  "Streams in any form",
  () => running,
  (pair) => {
    pair.check("no usage", async () => {
      running.vendors.script(["missing-usage"]);
      expect((await pair.talk().ask(words)).text).toBe(words);
      expect(await running.receipt()).toMatchObject({ complete: true, usage_source: "estimated" });
    });
  },
  ({ client, upstream }) => client !== "anthropic" || upstream !== "anthropic",
);
