import { openaiEmbeddings } from "@sluice/dialects";
import { upstreams, type Act } from "@sluice/testkit";
import { describe, expect, test } from "vitest";
import { AttemptError, definePlugin, encodeJobId, isObject, usageWith } from "../src/index.ts";
import type { OperationClient, OperationDialect, OperationUpstream, ResultFrame } from "../src/index.ts";
import { operate, vendor } from "./_operations.ts";

/**
 * A made-up wire with everything that an operation may have: forms, bytes and events that are streamed, creation that must
 * not be repeated, calls without a body. It borrows a name from the table of operations, whose types do not matter here.
 */
function wire(id: string, half: "both" | "client" | "upstream" = "both"): OperationDialect {
  type Half = { client: OperationClient<"embeddings">; upstream: OperationUpstream<"embeddings"> };
  const { client, upstream } = openaiEmbeddings as unknown as Half;
  const none = new Uint8Array(0);
  const own = (event: object) => event as ResultFrame<"embeddings">["events"][number];
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const origin = { dialect: id, rest: {}, prefers: {} };
  const writer = {
    write: (input: { raw?: Uint8Array; type?: string; text?: string }) => input.raw ?? `event ${input.text ?? ""}\n`,
    end: (receipt: object | null) => (receipt ? "the receipt" : ""),
    fail: () => (id === "bytes" ? "" : "the error"),
  };
  const dialect: OperationDialect<"embeddings"> = {
    id,
    operation: "embeddings",
    client: {
      ...client,
      bodies: ["json", "form"],
      routes: [
        { method: "POST", path: `/v1/${id}`, operation: "embeddings" },
        { method: "GET", path: `/v1/${id}/:id`, operation: "embeddings" },
        { method: "DELETE", path: `/v1/${id}/:id`, operation: "embeddings" },
      ],
      decodeRequest: ({ fields, files }, call) => ({
        operation: "embeddings",
        model: call.method === "POST" ? (fields["model"] as string) : "",
        stream: fields["stream"] === "true" || fields["stream"] === true,
        ...(fields["creates"] === undefined ? {} : { repeatable: false as const }),
        ...(call.method === "POST" ? {} : { pinned: { channel: "a", model: "m" } }),
        inputs: files.map(({ bytes, filename }) => ({ type: "text", text: `${filename} ${bytes.length}` })),
        format: "float",
        origin: { ...origin, rest: { ...fields, path: call.path, method: call.method } },
      }),
      encodeResult: (result) =>
        result.model === "plain"
          ? { mediaType: "text/plain", bytes: new TextEncoder().encode("plain text") }
          : { told: result.model },
      patchResult: (result): Record<string, string> => (result.model === "job" ? { id: "ours" } : {}),
      stream: {
        type: (_request, upstreamType) => `translated; of="${upstreamType}"`,
        createEncoder: () => writer as never,
        createRelay: () => writer as never,
        replay: ({ model }) => [own({ type: "piece", text: model })],
      },
    },
    upstream: {
      ...upstream,
      route: ({ origin: { rest } }) => ({
        method: (rest["method"] as "GET" | "DELETE" | undefined) ?? "POST",
        path: rest["method"] === "POST" ? "/things" : (rest["path"] as string).replace(`/v1/${id}`, "/things"),
      }),
      patchRequest: (_fields, _request, target) => ({
        set: { model: target.model },
        remove: ["creates"],
        warnings: [],
      }),
      encodeRequest: (request, target) => ({
        body: { model: target.model, texts: request.inputs.length },
        warnings: [],
      }),
      decodeResult: ({ json }) => {
        if (!isObject(json)) throw new AttemptError({ class: "protocol", message: "no object" });
        return { model: json["kind"] as string, vectors: [], usage: usageWith({}), warnings: [] };
      },
      relayable: () => true,
      batch: { split: (request) => [request], merge: ([first]) => first as never },
      decodeStream: (mediaType) =>
        mediaType === "application/json"
          ? null
          : {
              push: (raw) => [
                {
                  raw,
                  events: text(raw).startsWith("broken")
                    ? [{ type: "error", failure: { class: "server", message: "it broke" } }]
                    : [own({ type: "piece", text: text(raw) })],
                },
              ],
              end: () => [
                { raw: none, events: [{ type: "usage", usage: usageWith({ inputTokens: 9 }) }, { type: "end" }] },
              ],
            },
    },
  };
  const { client: clientHalf, upstream: upstreamHalf, ...bare } = dialect;
  return {
    ...bare,
    ...(half === "upstream" ? {} : { client: clientHalf }),
    ...(half === "client" ? {} : { upstream: upstreamHalf }),
  } as OperationDialect;
}

const things = wire("things");
const twoVendors = (dialect = things) => {
  const make = (id: string) => vendor(id, [dialect.id], { dialects: [openaiEmbeddings, dialect] })();
  return { providers: [make("a"), make("b")] };
};

const streamed =
  (type: string, ...pieces: string[]): (() => Act[]) =>
  () => [
    { do: "head", status: 200, headers: { "content-type": type } },
    ...pieces.map((bytes): Act => ({ do: "bytes", bytes, afterMs: 10 })),
    { do: "end" },
  ];

function form(parts: [name: string, value: string | Blob, filename?: string][]): Request {
  const data = new FormData();
  for (const [name, value, filename] of parts) {
    if (typeof value === "string") data.append(name, value);
    else data.append(name, value, filename);
  }
  return new Request("http://gateway.test/v1/things", { method: "POST", body: data });
}

describe("forms", () => {
  const file = new Blob([new Uint8Array([0, 13, 10, 45, 45, 255])], { type: "audio/wav" });

  test.each([
    [
      "before",
      [
        ["model", "a/m"],
        ["file", file, "a.wav"],
      ],
    ],
    [
      "behind",
      [
        ["file", file, "a.wav"],
        ["model", "a/m"],
      ],
    ],
  ] as const)("are read with the fields %s the file, and passed on with the file as it is", async (_, parts) => {
    const { world, call, sent } = operate(twoVendors());
    world.upstream("https://a.test", upstreams.replying({ kind: "form" }));
    const { status } = await call(form([...parts, ["unknown", "kept"]] as never));
    expect(status).toBe(200);
    const passed = await new Response(sent[0]?.bytes as BodyInit, {
      headers: { "content-type": sent[0]?.headers["content-type"] ?? "" },
    }).formData();
    const passedFile = passed.get("file") as File;
    expect([passed.get("model"), passed.get("unknown"), passedFile.name, passedFile.type]).toEqual([
      "m",
      "kept",
      "a.wav",
      "audio/wav",
    ]);
    expect(new Uint8Array(await passedFile.arrayBuffer())).toEqual(new Uint8Array(await file.arrayBuffer()));
    expect([...passed.keys()]).toEqual(parts.map(([name]) => name as string).concat("unknown"));
  });

  test("keep arrays of fields, and give up their extras", async () => {
    const { world, call, sent, receipts } = operate(twoVendors());
    world.upstream("https://a.test", upstreams.replying({ kind: "form" }));
    await call(
      form([
        ["model", "a/m"],
        ["list[]", "1"],
        ["list[]", "2"],
        ["tags", '{"team":"x"}'],
        ["timeout", "30"],
      ]),
    );
    const passed = await new Response(sent[0]?.bytes as BodyInit, {
      headers: { "content-type": sent[0]?.headers["content-type"] ?? "" },
    }).formData();
    expect([...passed.entries()]).toEqual([
      ["model", "m"],
      ["list[]", "1"],
      ["list[]", "2"],
    ]);
    expect(receipts[0]?.tags).toEqual({ team: "x" });
  });

  test.each([
    ["a boundary that is not there", "multipart/form-data", "--x\r\n\r\n", 400, "SLUICE_REQUEST_MALFORMED_FORM"],
    [
      "no end",
      "multipart/form-data; boundary=x",
      '--x\r\ncontent-disposition: form-data; name="model"\r\n\r\na/m',
      400,
      "SLUICE_REQUEST_MALFORMED_FORM",
    ],
    [
      "a part without a name",
      "multipart/form-data; boundary=x",
      "--x\r\ncontent-disposition: form-data\r\n\r\na\r\n--x--\r\n",
      400,
      "SLUICE_REQUEST_MALFORMED_FORM",
    ],
    [
      "a field that is no text",
      "multipart/form-data; boundary=x",
      '--x\r\ncontent-disposition: form-data; name="a"\r\ncontent-type: text/plain; charset=none\r\n\r\na\r\n--x--\r\n',
      400,
      "SLUICE_REQUEST_MALFORMED_FORM",
    ],
    ["another type", "text/plain", "hello", 415, "SLUICE_REQUEST_MEDIA_TYPE"],
  ])("with %s are refused", async (_, type, body, status, code) => {
    const { call } = operate(twoVendors());
    const answer = await call(
      new Request("http://gateway.test/v1/things", { method: "POST", headers: { "content-type": type }, body }),
    );
    expect([answer.status, answer.json.sluice.code]).toEqual([status, code]);
  });

  test.each(["model", "list"])("have no file called %s beside a field of that name", async (name) => {
    const { world, call, sent } = operate(twoVendors());
    world.upstream("https://a.test", upstreams.replying({ kind: "form" }));
    const answer = await call(
      form([
        ["model", "a/m"],
        ["list[]", "1"],
        [name, new Blob(["another"]), "field"],
      ]),
    );
    expect([answer.status, answer.json.sluice.code]).toEqual([400, "SLUICE_REQUEST_DUPLICATE_FIELD"]);
    expect(sent).toEqual([]);
  });

  test.each(["extra_body", "provider_options"])("are nested no deeper in %s than a body", async (name) => {
    const { call } = operate(twoVendors());
    const deep = '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000);
    const answer = await call(
      form([
        ["model", "a/m"],
        [name, deep],
      ]),
    );
    expect([answer.status, answer.json.error.param]).toEqual([400, name]);
  });

  test("are no larger than a request may be", async () => {
    const { call } = operate({ ...twoVendors(), limits: { bodyBytes: 1_000 } });
    const answer = await call(
      form([
        ["model", "a/m"],
        ["file", new Blob([new Uint8Array(2_000)]), "a.wav"],
      ]),
    );
    expect(answer.status).toBe(413);
  });

  test("are not taken where only JSON is", async () => {
    const { call } = operate({ providers: [vendor("a", ["openai-embeddings"])()] });
    const data = new FormData();
    data.append("model", "a/m");
    const answer = await call(new Request("http://gateway.test/v1/embeddings", { method: "POST", body: data }));
    expect([answer.status, answer.json.sluice.hint]).toEqual([415, 'Send "content-type: application/json".']);
  });
});

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
    expect([await remixed("dear"), await remixed("dear-2"), await remixed("cheap")]).toEqual([200, 200, 503]);
    expect((await call(new Request(`http://gateway.test/v1/videos/${idOf("cheap")}`))).status).toBe(200);
    expect(sent).toHaveLength(3);
  });

  test("of a channel that is gone say so", async () => {
    const make = (id: string) => vendor(id, ["things"], { dialects: [openaiEmbeddings, things] })();
    const { call } = operate({ providers: [make("b")] });
    expect((await call(new Request("http://gateway.test/v1/things/42"))).status).toBe(503);
  });
});

describe("what must not exist twice", () => {
  const create = { model: "a/m", creates: true, fallback: ["b/m"] };
  const failing = {
    "a server's error": upstreams.refusing(500),
    "an overloaded upstream": upstreams.refusing(503),
    "a connection that is lost": () => [{ do: "break", phase: "sent" } as const],
    "an answer that is none": upstreams.replying("no object"),
    "an answer that is cut": () => [{ do: "head", status: 200 } as const, { do: "break", phase: "sent" } as const],
  };

  test.each(Object.entries(failing))("is not tried again after %s", async (_, personality) => {
    const { world, post, sent } = operate(twoVendors(wire("things")));
    world.upstream("https://a.test", personality);
    world.upstream("https://b.test", upstreams.replying({ kind: "second" }));
    const { status } = await post("/v1/things", create);
    expect(status).toBeGreaterThanOrEqual(500);
    expect(sent.map(({ url }) => url)).toEqual(["https://a.test/v1/things"]);
  });

  test.each([
    ["nobody was reached", upstreams.unreachable],
    ["the upstream took no request", upstreams.refusing(429)],
    ["the upstream took no key", upstreams.refusing(401)],
  ])("goes to the next target where %s", async (_, personality) => {
    const { world, post, sent } = operate(twoVendors());
    world.upstream("https://a.test", personality);
    world.upstream("https://b.test", upstreams.replying({ kind: "second" }));
    expect((await post("/v1/things", create)).status).toBe(200);
    expect(sent.at(-1)?.url).toBe("https://b.test/v1/things");
  });

  test("is not sent again by a stage that asks twice", async () => {
    const greedy = definePlugin("greedy", () => ({
      respond: async (_ctx, next) => {
        await next();
        return next();
      },
    }));
    const { world, post, sent } = operate({ ...twoVendors(), plugins: [greedy()] });
    world.upstream("https://a.test", upstreams.replying({ kind: "first" }));
    world.upstream("https://b.test", upstreams.replying({ kind: "second" }));
    expect((await post("/v1/things", create)).status).toBe(502);
    expect(sent).toHaveLength(1);
  });

  test("is asked of nobody else when a stage breaks behind the call, and the plugin is named", async () => {
    const targets: string[] = [];
    const brittle = definePlugin("brittle", () => ({
      attempt: async (_ctx, { target }, next) => {
        targets.push(target.id);
        await next();
        throw new Error("it broke");
      },
    }));
    const { world, post, sent } = operate({ ...twoVendors(), plugins: [brittle()] });
    world.upstream("https://a.test", upstreams.replying({ kind: "first" }));
    world.upstream("https://b.test", upstreams.replying({ kind: "second" }));
    const { status, json } = await post("/v1/things", create);
    expect([status, json.sluice.code, targets, sent.length]).toEqual([500, "SLUICE_PLUGIN_FAILED", ["a/m"], 1]);
  });
});

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
