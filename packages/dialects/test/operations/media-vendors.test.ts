import { AttemptError, decodeJobId, encodeJobId, isGatewayError } from "@sluice/core";
import type {
  Json,
  OperationDialect,
  OperationName,
  OperationUpstream,
  ResultBody,
  ResultDecodeContext,
} from "@sluice/core";
import { array, assert, constantFrom, dictionary, jsonValue, oneof, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import {
  elevenlabsSpeech,
  elevenlabsTranscription,
  falImages,
  falVideos,
  geminiImages,
  geminiSpeech,
  geminiVideos,
  imagenImages,
  midjourneyImages,
  openaiVideos,
  replicateImages,
  replicateVideos,
  stabilityImages,
} from "../../src/index.ts";

const origin = { dialect: "another", rest: {}, prefers: {} };
const asked = { model: "m", stream: false, origin };
const requests = {
  images: { ...asked, operation: "images", action: "generate", prompt: "A gate", images: [] },
  speech: { ...asked, operation: "speech", text: "A gate", voice: "v" },
  transcription: {
    ...asked,
    operation: "transcription",
    action: "transcribe",
    audio: { bytes: Uint8Array.of(1), mediaType: "audio/wav", filename: "a.wav" },
    format: "verbose_json",
    timestamps: [],
  },
  videos: { ...asked, operation: "videos", action: "create", job: "", prompt: "A gate" },
} as const;

const dialects = [
  elevenlabsSpeech,
  elevenlabsTranscription,
  falImages,
  falVideos,
  geminiImages,
  geminiSpeech,
  geminiVideos,
  imagenImages,
  midjourneyImages,
  openaiVideos,
  replicateImages,
  replicateVideos,
  stabilityImages,
] as readonly OperationDialect[];

/** JSON in the words of these vendors, put together in any way. */
const names = [
  "id",
  "status",
  "request_id",
  "code",
  "result",
  "name",
  "done",
  "error",
  "response",
  "predictions",
  "image",
];
const more = [
  "images",
  "video",
  "output",
  "candidates",
  "content",
  "parts",
  "inlineData",
  "data",
  "url",
  "words",
  "text",
];
const words = ["SUCCESS", "COMPLETED", "succeeded", "completed", "queued", "", "1", "https://files.example/1"];
const leaf = oneof(constantFrom<Json>(null, 0, 1, 22, 24, -1, true, false), constantFrom(...words), string());
const flat = dictionary(constantFrom(...names, ...more), oneof(leaf, array(leaf, { maxLength: 2 })));
const nested = dictionary(constantFrom(...names, ...more), oneof(leaf, flat, array(flat, { maxLength: 2 })));

describe.each(dialects.map((dialect) => [dialect.id, dialect] as const))("%s", (_, dialect) => {
  const upstream = dialect.upstream as OperationUpstream<OperationName>;
  const request = requests[dialect.operation as keyof typeof requests] as unknown as Parameters<
    typeof upstream.route
  >[0];
  const target = { model: "owner/name", quirks: {}, info: null, stateDomain: "suite" };

  test("makes an answer, a further call or a failure of whatever comes, and nothing else", () => {
    const whole = oneof(nested, jsonValue() as typeof nested);
    const actions = request.operation === "videos" ? (["create", "poll", "content"] as const) : [null];
    assert(
      property(whole, constantFrom(...actions), (json, action) => {
        const told = (action === null ? request : { ...request, action, job: "j" }) as typeof request;
        const context: ResultDecodeContext = { target, request: told, headers: new Map() };
        const body = { mediaType: "application/json", bytes: new Uint8Array(0), json: json as Json };
        expect(["answer", "further call", "failure"]).toContain(outcomeOf(upstream, body, context));
      }),
    );
  });

  test("says the same each time, and refuses by name what it cannot say", () => {
    const first = upstream.encodeRequest(structuredClone(request), target);
    const again = upstream.encodeRequest(structuredClone(request), target);
    expect(again).toEqual(first);
    const odd = { ...request, action: "vary", voice: undefined } as unknown as typeof request;
    const thrown = thrownBy(() => upstream.encodeRequest(odd, target));
    expect(thrown === null || (isGatewayError(thrown) && thrown.status === 400)).toBe(true);
  });

  test("keeps to its paths, whatever names it is given", () => {
    const dots = constantFrom("..", ".", "a/../b", "..%2f..", "%2e%2e", "..\\\\..", "a?b=c", "a#b", "a/b");
    assert(
      property(oneof(dots, string(), string({ unit: "grapheme" })), constantFrom(true, false), (name, isJob) => {
        const place = decodeJobId(encodeJobId({ channel: "c", model: isJob ? "m" : name, job: isJob ? name : "j" }));
        const told = { ...request, voice: name, ...(isJob ? { action: "poll", job: place?.job ?? "j" } : {}) };
        const { path } = routeOf(told as unknown as typeof request, { ...target, model: place?.model ?? "m" });
        if (path === null) return;
        const { pathname, hash } = new URL(`https://vendor.test/base${path}`);
        expect(hash).toBe("");
        expect(pathname.split("/")).toHaveLength(path.replace(/\?.*/s, "").split("/").length + 1);
      }),
    );
    function routeOf(told: typeof request, to: typeof target): { path: string | null } {
      try {
        upstream.encodeRequest(told, to);
        return upstream.route(told, to);
      } catch (thrown) {
        if (isGatewayError(thrown) && thrown.status < 500) return { path: null };
        throw thrown;
      }
    }
  });

  test("reads an error in whatever shape it comes", () => {
    for (const body of [null, "", "<html>", [], { detail: "d" }, { detail: [{ msg: "m" }] }, { errors: ["e"] }]) {
      expect(upstream.decodeError(500, new Map(), body, {})).toMatchObject({
        class: "server",
        message: expect.any(String),
      });
    }
  });
});

function outcomeOf(
  upstream: OperationUpstream<OperationName>,
  body: ResultBody,
  context: ResultDecodeContext,
): unknown {
  try {
    if (upstream.next?.(body, context)) return "further call";
    return Array.isArray(upstream.decodeResult(body, context).warnings) ? "answer" : "no answer";
  } catch (thrown) {
    return thrown instanceof AttemptError ? "failure" : thrown;
  }
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
    return null;
  } catch (thrown) {
    return thrown;
  }
}

describe("the id of a job", () => {
  const part = string({ unit: constantFrom(...Array.from("abcXYZ019_.:-")), minLength: 1, maxLength: 40 }).filter(
    (text) => !/^\.+$/.test(text),
  );
  const path = array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

  test("says where it lies, and comes back as it was", () => {
    assert(
      property(string({ maxLength: 40 }), path, path, (channel, model, job) => {
        const id = encodeJobId({ channel, model, job });
        expect(id).toMatch(/^video_[\w-]+$/);
        expect(decodeJobId(id)).toEqual({ channel: channel.toWellFormed(), model, job });
      }),
    );
  });

  test("is none where it leads out of its place", () => {
    for (const job of ["", "..", "a/../b", "../a", "a?b=c", "a#b", "a%2e", "a b", "/a", "a//b", "https://x"]) {
      expect(decodeJobId(encodeJobId({ channel: "c", model: "m", job }))).toBeNull();
    }
    assert(
      property(string(), (text) => {
        const place = decodeJobId(`video_${text}`);
        expect(place === null || decodeJobId(encodeJobId(place)) !== null).toBe(true);
      }),
    );
  });
});
