import { dialects } from "@sluice/dialects";
import { createWorld, type Personality, type SimulatedCall, type World } from "@sluice/testkit";
import { createGateway, defineProvider } from "../src/index.ts";
import type { AnyDialect, GatewayConfig, ProviderDefinition, Quirks, Receipt } from "../src/index.ts";

/** A vendor at `https://<id>.test/v1`, whose catalogue has the model `m`. */
export function vendor(
  id: string,
  speaks: readonly string[],
  more: { quirks?: Quirks; dialects?: readonly AnyDialect[]; baseURL?: string } = {},
) {
  const definition: ProviderDefinition = {
    id,
    name: id,
    dialects,
    speaks,
    baseURL: `https://${id}.test/v1`,
    keyVariables: [],
    auth: { type: "none" },
    models: [{ id: "m" }],
    ...more,
  };
  return defineProvider(definition);
}

export const openaiVendor = (id: string, quirks: Quirks = {}) =>
  vendor(id, ["openai-chat", "openai-embeddings"], { quirks });
export const geminiVendor = (id: string) => vendor(id, ["gemini", "gemini-embeddings"]);
export const cohereVendor = (id: string) => vendor(id, ["cohere-embeddings"]);

export interface Operated {
  world: World;
  receipts: Receipt[];
  /** Everything that upstreams were sent, parsed. */
  sent: { url: string; body: Record<string, unknown>; headers: Record<string, string>; bytes: Uint8Array }[];
  post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Answered>;
  call: (request: Request) => Promise<Answered>;
}

export interface Answered {
  status: number;
  headers: Headers;
  text: string;
  bytes: Uint8Array;
  json: ReturnType<typeof JSON.parse>;
}

/** A gateway of these channels in a world of virtual time. */
export function operate(config: Partial<GatewayConfig>, seed = 1): Operated {
  const world = createWorld({ seed });
  const gateway = createGateway({ providers: [], ...config }, world.ports);
  const receipts: Receipt[] = [];
  gateway.hooks.hook("request:done", ({ receipt }) => void (receipt && receipts.push(receipt)));
  const sent: Operated["sent"] = [];
  const noted = {
    ...world,
    upstream: (origin: string, personality: Personality) => world.upstream(origin, note(personality)),
  };
  function note(personality: Personality): Personality {
    return (call: SimulatedCall) => {
      const { url, headers, body } = call.request;
      const bytes = body ?? new Uint8Array();
      sent.push({ url, headers, bytes, body: parse(new TextDecoder().decode(bytes)) });
      return personality(call);
    };
  }
  const call = async (request: Request): Promise<Answered> => {
    const response = await gateway.fetch(request);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const text = new TextDecoder().decode(bytes);
    return { status: response.status, headers: response.headers, text, bytes, json: parse(text) };
  };
  return {
    world: noted,
    receipts,
    sent,
    call: (request) => world.run(call(request)),
    post: (path, body, headers = {}) =>
      world.run(
        call(
          new Request(`http://gateway.test${path}`, {
            method: "POST",
            headers: { "content-type": "application/json", ...headers },
            body: typeof body === "string" ? body : JSON.stringify(body),
          }),
        ),
      ),
  };
}

function parse(text: string): ReturnType<typeof JSON.parse> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
