import { openaiEmbeddings } from "@sluice/dialects";
import { upstreams } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { operate, vendor } from "../_operations.ts";
import { streamed, twoVendors, wire } from "./_made-up-wire.ts";

describe("streamed answers", () => {
  test("of bytes pass as they are, with their content type and the receipt in headers", async () => {
    const bytes = wire("bytes");
    const { world, post, receipts } = operate({
      providers: [vendor("a", ["bytes"], { dialects: [openaiEmbeddings, bytes] })()],
      receipt: "headers",
    });
    world.upstream("https://a.test", streamed("audio/mpeg", "one", "two"));
    const { text, headers } = await post("/v1/bytes", { model: "a/m" });
    expect([text, headers.get("content-type"), headers.get("x-sluice-model")]).toEqual(["onetwo", "audio/mpeg", "m"]);
    expect(receipts[0]).toMatchObject({ path: "byte", complete: true, usage: { input_tokens: 9 } });
  });

  test("of another dialect are translated event by event", async () => {
    const other = wire("other", "upstream");
    const { world, post, receipts } = operate({
      providers: [vendor("a", ["other"], { dialects: [openaiEmbeddings, other, wire("things", "client")] })()],
    });
    world.upstream("https://a.test", streamed("text/event-stream", "one", "two"));
    const { text, headers } = await post("/v1/things", { model: "a/m", stream: true });
    expect(text).toBe("event one\nevent two\nevent \nthe receipt");
    expect(headers.get("content-type")).toBe('translated; of="text/event-stream"');
    expect(receipts[0]).toMatchObject({ path: "codec", complete: true });
  });

  test("are made of a whole answer where the vendor does not stream", async () => {
    const { world, post } = operate(twoVendors());
    world.upstream("https://a.test", upstreams.replying({ kind: "whole" }));
    expect((await post("/v1/things", { model: "a/m", stream: true })).text).toBe("event whole\nevent \nthe receipt");
  });

  test("fall back before their first content, and not after it", async () => {
    const early = operate(twoVendors());
    early.world.upstream("https://a.test", streamed("audio/mpeg", "broken"));
    early.world.upstream("https://b.test", streamed("audio/mpeg", "whole"));
    expect((await early.post("/v1/things", { model: "a/m", fallback: ["b/m"] })).text).toBe("wholethe receipt");

    const late = operate(twoVendors());
    late.world.upstream("https://a.test", streamed("audio/mpeg", "one", "broken"));
    late.world.upstream("https://b.test", streamed("audio/mpeg", "never"));
    const { text } = await late.post("/v1/things", { model: "a/m", fallback: ["b/m"] });
    expect(text).toBe("onethe error");
    expect(late.receipts[0]).toMatchObject({ complete: false, error: { code: "SLUICE_UPSTREAM_SERVER" } });
  });

  test("without an error of their own are cut off, never ended as if they were whole", async () => {
    const bytes = wire("bytes");
    const { world, post, receipts } = operate({
      providers: [vendor("a", ["bytes"], { dialects: [openaiEmbeddings, bytes] })()],
    });
    world.upstream("https://a.test", streamed("audio/mpeg", "one", "broken"));
    await expect(post("/v1/bytes", { model: "a/m" })).rejects.toThrow(/answer|stream|terminated|cut|failed/i);
    expect(receipts[0]).toMatchObject({ complete: false });
  });

  test("that are silent before their first content are no answer", async () => {
    const { world, post, receipts } = operate({ ...twoVendors(), attempts: 1 });
    world.upstream("https://a.test", upstreams.silentAfterHeaders);
    expect((await post("/v1/things", { model: "a/m" })).status).toBe(504);
    expect(receipts[0]?.attempts[0]?.outcome).toBe("stalled");
  });
});
