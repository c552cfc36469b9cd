import { openaiEmbeddings } from "@sluice/dialects";
import { upstreams } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { encodeJobId } from "../../src/index.ts";
import { operate, vendor } from "../_operations.ts";
import { things, twoVendors } from "./_made-up-wire.ts";

describe("calls without a body", () => {
  test.each(["GET", "DELETE"])("%s go to the channel that they belong to", async (method) => {
    const { world, call, sent, receipts } = operate(twoVendors());
    world.upstream("https://a.test", upstreams.replying({ kind: "job", id: "theirs" }));
    const { json } = await call(new Request("http://gateway.test/v1/things/42", { method }));
    expect(sent[0]).toMatchObject({ url: "https://a.test/v1/things/42", bytes: new Uint8Array() });
    expect(json).toMatchObject({ kind: "job", id: "ours" });
    expect(receipts[0]).toMatchObject({ requested_model: "a/m", actual_model: "m", channel: "a", path: "byte" });
  });

  test("have no fallback", async () => {
    const { call } = operate(twoVendors());
    const answer = await call(
      new Request("http://gateway.test/v1/things/42", { headers: { "x-sluice-fallback": "b/m" } }),
    );
    expect([answer.status, answer.json.error.param]).toEqual([400, "fallback"]);
  });

  test("may look after any model's job, and make another with those alone that the channel serves", async () => {
    const options = { models: ["dear", "known"], rename: { known: "dear-2" } };
    const { world, post, call, sent } = operate({ providers: [vendor("a", ["openai-videos"])(options)] });
    world.upstream("https://a.test", upstreams.replying({ id: "v2", status: "queued" }));
    const idOf = (model: string) => encodeJobId({ channel: "a", model, job: "v1" });
    const remixed = async (model: string) => (await post(`/v1/videos/${idOf(model)}/remix`, { prompt: "x" })).status;
    expect([await remixed("dear"), await remixed("dear-2"), await remixed("cheap")]).toEqual([200, 200, 404]);
    expect((await call(new Request(`http://gateway.test/v1/videos/${idOf("cheap")}`))).status).toBe(200);
    expect(sent).toHaveLength(3);
  });

  test("of a channel that is gone say so", async () => {
    const make = (id: string) => vendor(id, ["things"], { dialects: [openaiEmbeddings, things] })();
    const { call } = operate({ providers: [make("b")] });
    expect((await call(new Request("http://gateway.test/v1/things/42"))).status).toBe(503);
  });
});
