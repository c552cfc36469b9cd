import { createGateway, openChannels, TransportError } from "@sluice/core";
import type { ChannelOptions, ChannelSpec, Gateway, ProviderDefinition } from "@sluice/core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createMockUpstream } from "../mock-upstream/server.ts";
import type { MockUpstream } from "../mock-upstream/server.ts";
import { ask, clientDialects, questionOf } from "./client.ts";
import type { ClientDialectId, Question } from "./client.ts";
import { startFront } from "./front.ts";
import type { Front, RunningFront } from "./front.ts";
import { operationCases, operationOf } from "./operation-cases.ts";
import { questionsFor } from "../operation-suite/questions.ts";
import { isBaseURL, unknownQuirks } from "./provider-definition.ts";
import { quietPorts } from "./quiet-ports.ts";

/** What the suite needs of a provider: `defineProvider` makes one. */
export interface ProviderUnderTest {
  (options: ChannelOptions): ChannelSpec<{}>;
  readonly definition: ProviderDefinition;
}

export interface ProviderTraits {
  /**
   * A model to ask for, or one for each dialect. @default the first of the definition that takes tools, else one that the
   * dialect's vendor would have
   */
  model?: string | Readonly<Record<string, string>>;
  /** The vendor's own wire, where it is not that of the dialect's vendor: it stands in front of the mock upstream. */
  front?: Front;
}

const key = "sk-contract-0123456789";

/**
 * Proves that a provider is sound as data, and that a gateway with a channel of it works: every client dialect, streamed and
 * not, tools, errors, cancels; the key goes where the vendor wants it and nowhere else.
 *
 * @example testProvider(openai);
 */
export function testProvider(provider: ProviderUnderTest, traits: ProviderTraits = {}): void {
  const { definition } = provider;
  testProviderDefinition(definition);
  describe(`a channel of ${definition.id}`, () => {
    // A provider that carries its calls itself has no upstream to look at.
    if (definition.transport !== undefined) return inProcessCases(provider, modelOf(definition, traits));
    describe.each(chatDialectsOf(definition))("speaking %s", (dialect) => {
      channelCases(provider, dialect, traits);
    });
    const others = definition.speaks.filter((id) => questionsFor(operationOf(definition, id)).length > 0);
    if (others.length === 0 || traits.front !== undefined) return;
    describe.each(others)("speaking %s", (dialect) => {
      operationCases({ definition, key, ...operationChannel(provider, dialect, traits) }, dialect);
    });
  });
}

function chatDialectsOf(definition: ProviderDefinition): string[] {
  // Completions are no conversation: what they carry is proven with their dialect.
  return definition.speaks.filter((id) => operationOf(definition, id) === "chat" && id !== "openai-completions");
}

function operationChannel(provider: ProviderUnderTest, dialect: string, { model = {} }: ProviderTraits) {
  const path = new URL(baseOf(provider.definition, dialect)).pathname.replace(/\/$/, "");
  return {
    model: (typeof model === "string" ? undefined : model[dialect]) ?? "some-model",
    channel: (upstream: MockUpstream, spoken: string) =>
      provider({ id: "under-test", apiKey: key, baseURL: upstream.url + path, speaks: [spoken] }),
  };
}

/** The part of `testProvider` that needs no upstream: quick enough for a table of vendors. */
export function testProviderDefinition(definition: ProviderDefinition): void {
  describe(`the provider ${definition.id}`, () => {
    definitionCases(definition);
  });
}

function baseOf({ baseURL }: ProviderDefinition, dialect: string): string {
  return typeof baseURL === "string" ? baseURL : (baseURL[dialect] ?? Object.values(baseURL)[0] ?? "");
}

function definitionCases(definition: ProviderDefinition): void {
  const { id, name, dialects, speaks, models = [], docs } = definition;

  test("has an id, a name and where its facts come from", () => {
    expect(id).toMatch(/^[a-z0-9][a-z0-9-]*$/);
    expect(name).not.toBe("");
    expect(docs === undefined || (docs.url.startsWith("https://") && /^\d{4}-\d{2}-\d{2}$/.test(docs.read))).toBe(true);
  });

  test("speaks dialects that it brings", () => {
    const known = dialects.filter((dialect) => dialect.upstream !== undefined).map((dialect) => dialect.id);
    expect(speaks.length).toBeGreaterThan(0);
    expect(speaks.filter((dialect) => !known.includes(dialect))).toEqual([]);
  });

  test("has base URLs that a key may be sent to", () => {
    const urls = typeof definition.baseURL === "string" ? [definition.baseURL] : Object.values(definition.baseURL);
    expect(urls.length).toBeGreaterThan(0);
    expect(urls.filter((url) => !isBaseURL(url))).toEqual([]);
  });

  test("names its keys as the environment does", () => {
    for (const variable of definition.keyVariables) expect(variable).toMatch(/^[A-Z][A-Z0-9_]*$/);
    expect(Object.keys(definition.headers ?? {}).filter((header) => /key|auth|token|secret/i.test(header))).toEqual([]);
  });

  test("has only quirks that codecs read", () => {
    const all = [definition.quirks ?? {}, ...(definition.modelQuirks ?? []).map(([, quirks]) => quirks)];
    expect(all.flatMap(unknownQuirks)).toEqual([]);
  });

  test("lists each model once, with figures that can be", () => {
    expect(new Set(models.map((model) => model.id)).size).toBe(models.length);
    const figures = models.flatMap((model) => [model.contextTokens ?? 1, model.maxOutputTokens ?? 1]);
    expect(figures.filter((figure) => !Number.isInteger(figure) || figure < 1)).toEqual([]);
    const tooLong = models.filter(
      ({ contextTokens = Infinity, maxOutputTokens = 0 }) => maxOutputTokens > contextTokens,
    );
    expect(tooLong).toEqual([]);
    const prices = models.flatMap((model) => model.price ?? []);
    expect(
      prices.filter(
        ({ lines, date }) => lines.some(({ pico }) => pico < 0n) || !/^\d{4}-\d{2}-\d{2}$/.test(date ?? ""),
      ),
    ).toEqual([]);
  });
}

const standIns: Record<ClientDialectId, string> = {
  "openai-chat": "some-model",
  "openai-responses": "some-model",
  anthropic: "claude-haiku-4-5",
  gemini: "gemini-2.5-flash",
};

function modelOf({ models = [] }: ProviderDefinition, { model }: ProviderTraits, dialect = ""): string | undefined {
  const able = models.find(({ abilities }) => abilities?.tools !== false && abilities?.streaming !== false);
  return (typeof model === "string" ? model : model?.[dialect]) ?? able?.id;
}

const ways = clientDialects.flatMap((client) => [false, true].map((stream) => ({ client, stream })));

function inProcessCases(provider: ProviderUnderTest, model = "a-model"): void {
  test.each(ways)("answers a client of $client (stream: $stream)", async ({ client, stream }) => {
    const gateway = createGateway({ providers: [provider({ id: "under-test" })] }, quietPorts());
    const told = await ask(gateway, client, { model: `under-test/${model}`, text: "Hello", stream });
    expect(told).toMatchObject({ status: 200, ended: true, error: null });
    expect(told.text).not.toBe("");
    expect(told.receipt).toMatchObject({ provider: provider.definition.id, complete: true });
    await gateway.close({ graceMs: 0 });
  });
}

function channelCases(provider: ProviderUnderTest, spoken: string, traits: ProviderTraits): void {
  const { definition } = provider;
  // Some wires have upstreams alone: then a client of another dialect asks.
  const dialect = clientDialects.find((client) => client === spoken) ?? "openai-chat";
  const model = modelOf(definition, traits, spoken) ?? standIns[dialect];
  const vendorPath = new URL(baseOf(definition, dialect)).pathname.replace(/\/$/, "");
  const needsKey = definition.keyVariables.length > 0;
  const text = "Say ✓ 世界 after me.";
  let upstream: MockUpstream;
  let front: RunningFront | null = null;
  let gateway: Gateway;

  const channel = () =>
    provider({
      id: "under-test",
      apiKey: key,
      baseURL: (front ?? upstream).url + vendorPath,
      speaks: [spoken],
    });
  const credentialOf = () => openChannels([channel()], {}, quietPorts())[0]?.credential(spoken) ?? null;
  const question = (more: Partial<Question> = {}): Question => ({ model: `under-test/${model}`, text, ...more });

  beforeAll(async () => {
    upstream = await createMockUpstream({ tokensPerEvent: 2 });
    if (traits.front) front = await startFront(traits.front, upstream.url);
    gateway = createGateway({ providers: [channel()], attempts: 1 }, quietPorts());
  });
  afterEach(() => upstream.reset());
  afterAll(async () => {
    await gateway.close({ graceMs: 0 });
    await front?.close();
    await upstream.close();
  });

  test.each(ways)("answers a client of $client (stream: $stream)", async ({ client, stream }) => {
    const told = await ask(gateway, client, question({ stream }));
    expect(told).toMatchObject({ status: 200, text, ended: true, error: null });
    expect(told.receipt).toMatchObject({ provider: definition.id, actual_model: model, complete: true });
    expect(upstream.requests[0]).toMatchObject({ ...(traits.front ? {} : { dialect }), status: 200 });
  });

  test.each(ways)("calls tools for a client of $client (stream: $stream)", async ({ client, stream }) => {
    const told = await ask(gateway, client, question({ stream, tools: true, text: "weather in Oslo and Rome" }));
    expect(told.calls.map((call) => call.arguments)).toEqual([{ city: "Oslo" }, { city: "Rome" }]);
    expect(told.ended).toBe(true);
  });

  test("sends the key where the vendor wants it and nowhere else", async () => {
    await ask(gateway, dialect, question({ headers: { authorization: "Bearer sk-of-the-caller" } }));
    const [request] = upstream.requests;
    const carriers = Object.entries(request?.headers ?? {}).filter(([, value]) => value.includes(key));
    expect(carriers).toHaveLength(credentialOf() === null ? 0 : 1);
    expect(request?.url).not.toContain(key);
    expect(Buffer.from(request?.body ?? []).toString()).not.toContain(key);
    expect(JSON.stringify(request?.headers)).not.toContain("sk-of-the-caller");
  });

  test("gives its key to no other origin, and shows it to nobody", () => {
    const credential = credentialOf();
    expect(needsKey && credential === null).toBe(false);
    expect(JSON.stringify([credential, gateway.inspect()])).not.toContain(key);
    const elsewhere = () => credential?.headersFor("https://elsewhere.example/v1") ?? refuse();
    expect(elsewhere).toThrow(TransportError);
  });

  test("sends nothing that is only the gateway's", async () => {
    const fields = { tags: { team: "search" }, timeout: 30, receipt: "body", require_parameters: false };
    const told = await ask(gateway, dialect, question({ fields }));
    expect(told.status).toBe(200);
    expect(Object.keys(upstream.requests[0]?.json ?? {}).filter((name) => name in fields)).toEqual([]);
  });

  test.each([
    ["status:401", 502],
    ["status:403", 502],
    ["status:400", 400],
    ["context-length", 400],
    ["status:429", 429],
    ["status:500", 500],
    ["html", 502],
    ["empty", 502],
    // The error in the body may name a status of its own.
    ["error-200:502", 502],
  ] as const)("%s of the vendor is a %i for the client, and no answer", async (fault, status) => {
    upstream.script([fault], { repeat: true });
    for (const client of clientDialects) {
      const told = await ask(gateway, client, question());
      expect(told).toMatchObject({ status, ended: false, text: "" });
      expect(told.error).toHaveProperty("message");
      expect(told.body).not.toContain((front ?? upstream).url.slice(7));
    }
  });

  test.each(["cut:1", "reset:1", "error-event:1", "malformed-event:1"] as const)(
    "%s never looks like a whole answer",
    async (fault) => {
      for (const client of clientDialects) {
        upstream.script([fault]);
        const told = await ask(gateway, client, question({ stream: true }));
        expect(told.ended).toBe(false);
        expect(told.error).not.toBeNull();
      }
    },
  );

  test("reads any framing that is legal", async () => {
    for (const chunks of ["byte", "utf8", 7] as const) {
      upstream.script([{ type: "framing", lineEnd: "\r\n", comments: true, multiLineData: true, bom: true, chunks }]);
      const client = clientDialects.find((one) => one !== dialect) ?? dialect;
      expect(await ask(gateway, client, question({ stream: true }))).toMatchObject({ text, ended: true });
    }
  });

  test("cancels the vendor's work when the client goes", async () => {
    upstream.script(["stall:1"]);
    const leaving = new AbortController();
    const response = await gateway.fetch(questionOf(dialect, question({ stream: true, signal: leaving.signal })));
    expect(response.status).toBe(200);
    const reader = response.body?.getReader();
    await reader?.read();
    leaving.abort();
    await reader?.cancel().catch(() => undefined);
    const request = await upstream.nextRequest();
    expect(await request.ended).toBe("aborted");
  });
}

/** A channel without a key has nothing to give away. */
function refuse(): never {
  throw new TransportError("refused", "There is no key.");
}
