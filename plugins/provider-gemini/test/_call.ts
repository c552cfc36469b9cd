import { createGateway, isObject, type ChannelSpec, type JsonObject } from "@sluice/core";
import { createWorld, upstreams } from "@sluice/testkit";

/** What the vendor was sent by one call through a gateway, the credential included. */
export interface Sent {
  url: string;
  headers: Record<string, string>;
  body: JsonObject;
  /** What the client got. */
  status: number;
  answer: string;
}

/** Sends a chat request in OpenAI's dialect to one channel, for a model by its bare name; the vendor answers with `reply`. */
export async function call(
  spec: ChannelSpec,
  { model, ...fields }: { model: string } & JsonObject,
  reply: JsonObject,
  env = {},
): Promise<Sent> {
  const world = createWorld({ seed: 1, env });
  const sent: Pick<Sent, "url" | "headers"> = { url: "", headers: {} };
  const { baseURL = spec.provider.baseURL } = spec.options;
  world.upstream(typeof baseURL === "string" ? baseURL : "", (simulated) => {
    const { url, headers, credential } = simulated.request;
    Object.assign(sent, { url, headers: { ...headers, ...credential?.headersFor(url) } });
    return upstreams.replying(reply)(simulated);
  });
  const gateway = createGateway({ providers: [spec], attempts: 1 }, world.ports);
  const request = new Request("http://gateway.test/v1/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: `${spec.options.id ?? spec.provider.id}/${model}`,
      messages: [{ role: "user", content: "Hello" }],
      ...fields,
    }),
  });
  const reading = gateway
    .fetch(request)
    .then(async (response) => ({ status: response.status, answer: await response.text() }));
  const got = await world.run(reading);
  const body: unknown = JSON.parse(world.calls[0]?.body ?? "null");
  return { ...sent, ...got, body: isObject(body) ? body : {} };
}
