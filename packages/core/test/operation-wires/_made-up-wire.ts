import { openaiEmbeddings } from "@sluice/dialects";
import type { Act } from "@sluice/testkit";
import { AttemptError, isObject, usageWith } from "../../src/index.ts";
import type { OperationClient, OperationDialect, OperationUpstream, ResultFrame } from "../../src/index.ts";
import { vendor } from "../_operations.ts";

/**
 * A made-up wire with everything that an operation may have: forms, bytes and events that are streamed, creation that must
 * not be repeated, calls without a body. It borrows a name from the table of operations, whose types do not matter here.
 */
export function wire(id: string, half: "both" | "client" | "upstream" = "both"): OperationDialect {
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

export const things = wire("things");
/** Channels `a` and `b`, which both speak this wire. */
export const twoVendors = (dialect = things) => {
  const make = (id: string) => vendor(id, [dialect.id], { dialects: [openaiEmbeddings, dialect] })();
  return { providers: [make("a"), make("b")] };
};

/** An upstream that answers in pieces of this type. */
export const streamed =
  (type: string, ...pieces: string[]): (() => Act[]) =>
  () => [
    { do: "head", status: 200, headers: { "content-type": type } },
    ...pieces.map((bytes): Act => ({ do: "bytes", bytes, afterMs: 10 })),
    { do: "end" },
  ];
