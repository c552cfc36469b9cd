import { openaiEmbeddings } from "@sluice/dialects";
import { upstreams } from "@sluice/testkit";
import { expect, test } from "vitest";
import { operate, vendor } from "../_operations.ts";
import { streamed, twoVendors, wire } from "./_made-up-wire.ts";

test.each([
  ["a member twice", '{"kind":"job","id":"theirs","id":"theirs"}'],
  ["a NUL in a text", '{"kind":"job","id":"theirs","note":"a\\u0000"}'],
  ["a number that no double holds", '{"kind":"job","id":"theirs","size":1e400}'],
  ["a byte order mark", '\ufeff{"kind":"job","id":"theirs"}'],
])("an answer with %s is no fault of the client's, who gets what was made", async (_, body) => {
  const { world, post } = operate(twoVendors());
  world.upstream("https://a.test", streamed("application/json", body));
  const { status, json } = await post("/v1/things", { model: "a/m", creates: true });
  expect(status).toBe(200);
  expect(json.id ?? json.told).toMatch(/^(ours|job)$/);
  expect(json.sluice.complete).toBe(true);
});

test("a text as JSON has the receipt in headers alone, whatever braces it holds", async () => {
  const text = JSON.stringify("{ spoken }");
  const { world, call } = operate({ providers: [vendor("a", ["openai-transcription"])()] });
  world.upstream("https://a.test", streamed("application/json", text));
  const data = new FormData();
  for (const [name, value] of Object.entries({ model: "a/m", response_format: "text" })) data.append(name, value);
  data.append("file", new Blob(["sound"]), "a.wav");
  const url = "http://gateway.test/v1/audio/transcriptions";
  const answer = await call(new Request(url, { method: "POST", body: data }));
  expect([answer.status, answer.text, answer.headers.get("x-sluice-model")]).toEqual([200, text, "m"]);
});

test("an answer that is no JSON goes out as it is encoded, without a receipt in it", async () => {
  const other = wire("other", "upstream");
  const { world, post } = operate({
    providers: [vendor("a", ["other"], { dialects: [openaiEmbeddings, other, wire("things", "client")] })()],
  });
  world.upstream("https://a.test", upstreams.replying({ kind: "plain" }));
  const { text, headers } = await post("/v1/things", { model: "a/m" });
  expect([text, headers.get("content-type")]).toEqual(["plain text", "text/plain"]);
});
