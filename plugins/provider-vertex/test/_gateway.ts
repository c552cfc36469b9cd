import Anthropic from "@anthropic-ai/sdk";
import { createGateway, hostPorts, type ChannelSpec, type Gateway, type GatewayConfig } from "@sluice/core";
import OpenAI from "openai";

const silence = { debug() {}, info() {}, warn() {}, error() {} };

/** A gateway in this process, and the official clients in front of it. */
export function gatewayOf(
  providers: ChannelSpec[],
  { env = {}, ...config }: Omit<GatewayConfig, "providers"> & { env?: Record<string, string> } = {},
) {
  const gateway: Gateway = createGateway({ providers, ...config } as GatewayConfig, {
    ...hostPorts(),
    logger: silence,
    env,
  });
  const fetch = (url: string | URL | Request, init?: RequestInit) => gateway.fetch(new Request(url, init));
  return {
    gateway,
    openai: new OpenAI({ apiKey: "sk-client", baseURL: "http://gateway.test/v1", fetch, maxRetries: 0 }),
    anthropic: new Anthropic({ apiKey: "sk-client", baseURL: "http://gateway.test", fetch, maxRetries: 0 }),
    /** A chat as it goes over the wire. */
    chat: async (body: object) => {
      const response = await gateway.fetch(
        new Request("http://gateway.test/v1/chat/completions", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ messages: [{ role: "user", content: "Hello" }], ...body }),
        }),
      );
      return { status: response.status, text: await response.text() };
    },
  };
}
