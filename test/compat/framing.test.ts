import type { Framing } from "@sluice/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describePairs } from "./pairs.ts";
import { openGateway, type Running } from "./running.ts";
import { sunny } from "./weather.ts";

let running: Running;
beforeAll(async () => void (running = await openGateway()));
afterAll(() => running.close());

const words = "Grüße 🌍 aus Köln, 世界";

// Everything that a stream may look like on the wire and still say the same.
const framings: Readonly<Record<string, Framing>> = {
  crlf: { lineEnd: "\r\n" },
  "crlf-bytes": { lineEnd: "\r\n", chunks: "byte" },
  cr: { lineEnd: "\r" },
  "cr-bytes": { lineEnd: "\r", chunks: "byte" },
  bom: { bom: true },
  comments: { comments: true },
  "lines-of-data": { multiLineData: true },
  "split-characters": { chunks: "utf8" },
  "single-bytes": { chunks: "byte" },
  "no-last-line-end": { trailingNewline: false },
  all: { lineEnd: "\r\n", bom: true, comments: true, multiLineData: true, chunks: 3, trailingNewline: false },
};

describePairs(
  () => running,
  (pair) => {
    test.each(Object.entries(framings))("%s", async (_name, framing) => {
      running.vendors.script([{ type: "framing", ...framing }]);
      const said = await pair.talk().ask(words);
      expect(said).toMatchObject({
        text: words,
        finish: pair.of({ openai: "stop", anthropic: "end_turn", gemini: "STOP" }),
      });
      expect(await running.receipt()).toMatchObject({ complete: true, warnings: [] });
    });

    test("calls-in-crlf-bytes", async () => {
      running.vendors.script([{ type: "framing", lineEnd: "\r\n", chunks: "byte" }]);
      const talk = pair.talk({ tools: "weather" });
      expect((await talk.ask("What is the weather in Köln and Rome?")).calls).toHaveLength(2);
      expect((await talk.answer(sunny)).text).toContain("sunny in Köln");
    });

    test.each(["json-reply", "gzip", "late-usage"] as const)("%s", async (step) => {
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
  () => running,
  (pair) => {
    test("missing-usage", async () => {
      running.vendors.script(["missing-usage"]);
      expect((await pair.talk().ask(words)).text).toBe(words);
      expect(await running.receipt()).toMatchObject({ complete: true, usage: null });
    });
  },
  ({ client, upstream }) => client !== "anthropic" || upstream !== "anthropic",
);
