import { createGateway, isObject, type ChannelSpec, type JsonObject } from "@sluice/core";
import type { Personality } from "./personality.ts";
import { createWorld } from "./world.ts";

/** One call through a gateway with one channel: what its vendor was sent, and what the client got. */
export interface ChannelCall {
  url: string;
  /** With the credential, as the wire has them. */
  headers: Record<string, string>;
  sent: JsonObject;
  status: number;
  /** The answer: JSON, or the events of a stream. */
  text: string;
}

export interface ChannelCallOptions {
  /** The variables in which the channel looks for its key. @default none */
  env?: Readonly<Record<string, string>>;
  /** Chooses the caller's dialect. @default /v1/chat/completions */
  path?: string;
}

/** Asks for a model of the channel, by the vendor's name for it; the vendor answers by `answer`. */
export async function callChannel(
  spec: ChannelSpec,
  { model, ...fields }: { model: string } & JsonObject,
  answer: Personality,
  { env = {}, path = "/v1/chat/completions" }: ChannelCallOptions = {},
): Promise<ChannelCall> {
  const world = createWorld({ seed: 1, env });
  const seen: Pick<ChannelCall, "url" | "headers"> = { url: "", headers: {} };
  const base = spec.options.baseURL ?? spec.provider.baseURL;
  for (const origin of typeof base === "string" ? [base] : Object.values(base)) {
    world.upstream(origin, (simulated) => {
      const { url, headers, credential } = simulated.request;
      Object.assign(seen, { url, headers: { ...headers, ...credential?.headersFor(url) } });
      return answer(simulated);
    });
  }

  const gateway = createGateway({ providers: [spec], attempts: 1 }, world.ports);
  const request = new Request(`http://gateway.test${path}`, {
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
    .then(async (response) => ({ status: response.status, text: await response.text() }));
  const got = await world.run(reading);
  const sent: unknown = JSON.parse(world.calls[0]?.body ?? "null");
  return { ...seen, ...got, sent: isObject(sent) ? sent : {} };
}
