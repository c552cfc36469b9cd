import { dialects } from "@sluice/dialects";
import { createWorld, upstreams } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import {
  AttemptError,
  createBearerSigner,
  createGateway,
  defineProvider,
  openChannels,
  TransportError,
} from "../src/index.ts";
import type { Signer, SignerHost, TransportRequest } from "../src/index.ts";
import { SigningCredential } from "../src/signing.ts";
import { chatRequest, replyOf, vendor } from "./_simulated.ts";

const secret = "s3cret/with+signs";

function signed(signer: (host: SignerHost) => Signer) {
  return defineProvider({
    id: "cloud",
    name: "Cloud",
    dialects,
    speaks: ["openai-chat"],
    baseURL: "https://cloud.test/v1",
    keyVariables: ["CLOUD_KEY"],
    auth: { type: "signed", open: signer },
    models: [{ id: "m" }],
  });
}

/** Signs with what it was given, so that the upstream can tell what was signed. */
function witness(host: SignerHost): Signer {
  return {
    async sign({ method, url, body }) {
      await Promise.resolve();
      return { "x-signature": `${host.key}:${method}:${url}:${body?.length}` };
    },
    secrets: () => [secret],
  };
}

function gatewayOf(provider: ReturnType<typeof signed>, env: Record<string, string> = { CLOUD_KEY: "k1" }) {
  const world = createWorld({ seed: 1, env });
  const sent: { body: string; headers: Record<string, string> }[] = [];
  const record = (answer: ReturnType<typeof upstreams.replying>) => (call: Parameters<typeof answer>[0]) => {
    const { url, headers, body, credential } = call.request;
    sent.push({
      body: new TextDecoder().decode(body ?? undefined),
      headers: { ...headers, ...credential?.headersFor(url) },
    });
    return answer(call);
  };
  const gateway = createGateway(
    { providers: [provider(), vendor("b")()], models: { any: { targets: ["cloud/m", "b/m"] } } },
    world.ports,
  );
  world.upstream("https://b.test", upstreams.replying(replyOf("from b")));
  const ask = (model: string) => world.run(gateway.fetch(chatRequest({ model })).then((response) => response.text()));
  return {
    world,
    sent,
    gateway,
    ask,
    answer: (one: ReturnType<typeof upstreams.replying>) => world.upstream("https://cloud.test", record(one)),
  };
}

describe("a call that is signed", () => {
  test("is signed over what is sent", async () => {
    const { answer, ask, sent } = gatewayOf(signed(witness));
    answer(upstreams.replying(replyOf("hello")));
    expect(await ask("cloud/m")).toContain("hello");
    const [call] = sent;
    expect(call?.headers["x-signature"]).toBe(`k1:POST:https://cloud.test/v1/chat/completions:${call?.body.length}`);
  });

  test("is not made when nothing can sign it, and the next target answers", async () => {
    const failing = signed(() => ({
      sign: () => Promise.reject(new Error(`the file with ${secret} is gone`)),
      secrets: () => [secret],
    }));
    const { answer, ask, sent } = gatewayOf(failing);
    answer(upstreams.replying(replyOf("never")));
    const text = await ask("any");
    expect(text).toContain("from b");
    expect(text).not.toContain(secret);
    expect(JSON.parse(text)).toMatchObject({ sluice: { attempts: [{ outcome: "credential" }, { outcome: "ok" }] } });
    expect(sent).toEqual([]);
  });

  test("has its secrets taken out of what the upstream says (S49)", async () => {
    const { answer, ask } = gatewayOf(signed(witness));
    answer(upstreams.replying({ error: { message: `no ${secret} and no ${encodeURIComponent(secret)}` } }, 400));
    const text = await ask("cloud/m");
    expect(text).toContain("[redacted]");
    expect(text).not.toContain("s3cret");
  });

  test("that is refused with 401 has what was cached forgotten", async () => {
    let forgotten = 0;
    const provider = signed((host) => ({ ...witness(host), forget: () => void forgotten++ }));
    const { answer, ask } = gatewayOf(provider);
    answer(upstreams.inTurn(upstreams.replying(replyOf("fine")), upstreams.refusing(401)));
    await ask("cloud/m");
    expect(forgotten).toBe(0);
    await ask("cloud/m");
    expect(forgotten).toBe(1);
  });

  test("is left by one caller while the signer goes on for others", async () => {
    const pending = Promise.withResolvers<{ "x-signature": string }>();
    const [channel] = openChannels(
      [signed(() => ({ sign: () => pending.promise, secrets: () => [] }))()],
      {},
      { ...createWorld({ seed: 1 }).ports, env: { CLOUD_KEY: "k" } },
    );
    const leaving = new AbortController();
    const sending = channel?.transport.send(callTo(channel.credential("openai-chat"), leaving.signal));
    leaving.abort();
    await expect(sending).rejects.toThrow(TransportError);
    pending.resolve({ "x-signature": "late" });
  });
});

describe("a bearer", () => {
  const call = { method: "POST", url: "https://cloud.test/v1", headers: {}, body: null } as const;

  test("is a token, or what gives one at each call", async () => {
    expect(await createBearerSigner("t").sign(call)).toEqual({ authorization: "Bearer t" });
    let asked = 0;
    const signer = createBearerSigner(() => Promise.resolve(`t${++asked}`), { secrets: ["made of"] });
    await signer.sign(call);
    expect(await signer.sign(call)).toEqual({ authorization: "Bearer t2" });
    expect(signer.secrets()).toEqual(["made of", "t2"]);
  });

  test("that is empty is not looked for in texts", () => {
    expect(new SigningCredential("cloud", [], createBearerSigner("")).secrets()).toEqual([]);
  });
});

describe("a signer", () => {
  test("is opened once for a channel, and not without its key", () => {
    let opened = 0;
    const provider = signed((host) => {
      opened++;
      return witness(host);
    });
    const { ports } = createWorld({ seed: 1 });
    openChannels([provider(), provider({ id: "second" })], {}, { ...ports, env: { CLOUD_KEY: "k" } });
    expect(opened).toBe(2);
    const [without] = openChannels([provider()], {}, { ...ports, env: {} });
    expect(opened).toBe(2);
    expect(without).toMatchObject({ state: "no-key" });
    expect(without?.credential("openai-chat")).toBeNull();
  });

  test("is told the proxy of its channel", () => {
    const proxies: (string | null)[] = [];
    const provider = signed((host) => {
      proxies.push(host.proxy);
      return witness(host);
    });
    const { ports } = createWorld({ seed: 1 });
    openChannels(
      [provider(), provider({ id: "second", proxy: "http://proxy.test:3128" })],
      {},
      { ...ports, env: { CLOUD_KEY: "k" } },
    );
    expect(proxies).toEqual([null, "http://proxy.test:3128"]);
  });

  test("signs nothing for another origin (S21)", async () => {
    let asked = 0;
    const provider = signed(() => ({ sign: () => (asked++, {}), secrets: () => [secret] }));
    const [channel] = openChannels([provider()], {}, { ...createWorld({ seed: 1 }).ports, env: { CLOUD_KEY: "k" } });
    const credential = channel?.credential("openai-chat") ?? null;
    const elsewhere = { ...callTo(credential), url: "https://cloud.test.evil.example/v1" };
    await expect(channel?.transport.send(elsewhere)).rejects.toThrow(TransportError);
    expect(asked).toBe(0);
    expect(JSON.stringify(credential)).toBe('"[credential cloud]"');
  });

  test("cannot be passed over: an unsigned transport refuses its credential", () => {
    const [channel] = openChannels(
      [signed(witness)()],
      {},
      { ...createWorld({ seed: 1 }).ports, env: { CLOUD_KEY: "k" } },
    );
    expect(() => channel?.credential("openai-chat")?.headersFor("https://cloud.test/v1")).toThrow(TransportError);
  });

  test("leaves channels with static keys as they were, with no transport in between", () => {
    const { ports } = createWorld({ seed: 1 });
    const [channel] = openChannels([vendor("a")()], {}, ports);
    expect(channel?.transport).toBe(ports.transport);
  });

  test("may say what failed in its own words", async () => {
    const failure = { class: "credential", message: "the token endpoint answered 400 (invalid_grant)" } as const;
    const provider = signed(() => ({ sign: () => Promise.reject(new AttemptError(failure)), secrets: () => [] }));
    const { answer, ask } = gatewayOf(provider);
    answer(upstreams.replying(replyOf("never")));
    expect(JSON.parse(await ask("cloud/m"))).toMatchObject({
      error: { code: "upstream_credential" },
      sluice: { attempts: [{ message: failure.message }] },
    });
  });
});

function callTo(credential: TransportRequest["credential"], signal = new AbortController().signal): TransportRequest {
  return {
    method: "POST",
    url: "https://cloud.test/v1/chat/completions",
    headers: {},
    body: new Uint8Array(3),
    credential,
    signal,
    connectTimeoutMs: 1000,
  };
}
