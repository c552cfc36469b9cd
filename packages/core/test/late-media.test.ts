import { dialects } from "@sluice/dialects";
import { createWorld, upstreams } from "@sluice/testkit";
import { expect, test } from "vitest";
import { createGateway, defineProvider } from "../src/index.ts";
import { chatRequest, replyOf } from "./_simulated.ts";

/** Sends an image to a vendor that speaks `dialect`; gives the answer, and the body that the vendor got. */
async function sendImage(speaks: "openai-chat" | "anthropic", url: string) {
  const world = createWorld({ seed: 1 });
  const provider = defineProvider({
    id: "v",
    name: "V",
    dialects,
    speaks: [speaks],
    baseURL: "https://v.test/v1",
    keyVariables: [],
    auth: { type: "none" },
    models: [{ id: "m" }],
  });
  const gateway = createGateway({ providers: [provider()] }, world.ports);
  const got: string[] = [];
  world.upstream("https://v.test", (call) => {
    got.push(new TextDecoder().decode(call.request.body ?? new Uint8Array()));
    return upstreams.replying(replyOf("seen"))(call);
  });
  const messages = [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }];
  const send = async () => {
    const response = await gateway.fetch(chatRequest({ model: "v/m", messages }));
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { ...(await world.run(send())), got };
}

const broken = "data:image/png;base64,#not base64#";

test("media that cannot be read is the vendor's to judge where the body passes as it came", async () => {
  const { status, got } = await sendImage("openai-chat", broken);
  expect(status).toBe(200);
  expect(got[0]).toContain(broken);
});

test("media that cannot be read is refused, by its field, where the body is translated", async () => {
  const { status, body, got } = await sendImage("anthropic", broken);
  expect(status).toBe(400);
  expect(JSON.stringify(body)).toContain("messages[0].content[0].image_url.url");
  expect(got).toEqual([]);
});

test("media is written as it came where the body passes, and in its normal form where it is translated", async () => {
  const url = "data:image/png;base64,iVBO Rw";
  expect((await sendImage("openai-chat", url)).got[0]).toContain(url);
  expect((await sendImage("anthropic", url)).got[0]).toContain('"data":"iVBORw=="');
});
