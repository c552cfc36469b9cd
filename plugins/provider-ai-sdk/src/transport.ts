import { AttemptError, TransportError, bytesOf, errors, isObject, parseJson } from "@sluice/core";
import type { JsonObject, Transport, TransportRequest, TransportResponse } from "@sluice/core";
import { whole } from "./answer.ts";
import { plainOptions, type BridgeCall } from "./bridge-call.ts";
import { contractVersions, isContractVersion } from "./contract.ts";
import type { AiSdkLanguageModel, AiSdkModel, AiSdkProvider } from "./contract.ts";
import { embed } from "./embedding-call.ts";
import { generate, stream } from "./language-call.ts";
import { createJobSeal, type JobSeal } from "./job-seal.ts";
import { makeImages, speak, transcribe } from "./media-calls.ts";
import { startVideo, videoContent, videoStatus, type VideoCall } from "./video-calls.ts";
import { answerOf } from "./thrown.ts";

interface Package {
  provider: AiSdkProvider;
  seal: JobSeal;
}

type Action = (own: Package, modelId: string, request: TransportRequest) => Promise<TransportResponse>;

/**
 * Makes calls in process, by a package's own methods: the path says which, the body is the JSON of their options.
 *
 * A package dials, signs and reads by itself, once: it has no retries of its own on this level.
 */
export function createBridgeTransport(provider: AiSdkProvider, jobSecret?: string): Transport {
  const own: Package = { provider, seal: createJobSeal(jobSecret) };
  return {
    async send(request) {
      if (request.signal.aborted) throw new TransportError("connect", "The call was cancelled.", request.signal.reason);
      if (request.proxy !== undefined) throw new TransportError("refused", noProxy);
      const { action, modelId } = routeOf(request.url);
      try {
        return await unlessAborted(action(own, modelId, request), request.signal);
      } catch (thrown) {
        if (request.signal.aborted) throw new TransportError("sent", "The call was cancelled.", thrown);
        return answerOf(thrown);
      }
    },
    close: () => Promise.resolve(),
  };
}

/** A package may pass over its signal; the gateway does not wait for it then. */
function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(new TransportError("sent", "The call was cancelled.", signal.reason));
    signal.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

/** Where the calls of the bridge go: nowhere, `.invalid` has no addresses (RFC 2606). */
export const bridgeHost = ".ai-sdk.invalid";

const noProxy = "An AI SDK package dials by itself: give it a fetch that knows the proxy.";

function routeOf(url: string): { action: Action; modelId: string } {
  const [, path = "", modelId = "", verb = ""] = new URL(url).pathname.split("/");
  const action = actions[verb === "" ? path : `${path}/${verb}`];
  if (action === undefined) throw new TransportError("refused", `The bridge has no call ${path} ${verb}.`);
  return { action, modelId: decodeURIComponent(modelId) };
}

const actions: Readonly<Record<string, Action>> = {
  "language/generate": async ({ provider }, id, request) => {
    const model = found(languageModel(provider, id), "language", id);
    return generate(model, callOf(model, request));
  },
  "language/stream": async ({ provider }, id, request) => {
    const model = found(languageModel(provider, id), "language", id);
    return stream(model, callOf(model, request));
  },
  embedding: async ({ provider }, id, request) => {
    const own = provider.embeddingModel?.(id) ?? provider.textEmbeddingModel?.(id);
    const model = found(own, "embedding", id);
    return embed(model, callOf(model, request));
  },
  reranking: async ({ provider }, id, request) => {
    const model = found(provider.rerankingModel?.(id), "reranking", id);
    return whole(await model.doRerank(plainOptions(callOf(model, request))));
  },
  image: async ({ provider }, id, request) => {
    const model = found(provider.imageModel?.(id), "image", id);
    return makeImages(model, callOf(model, request));
  },
  speech: async ({ provider }, id, request) => {
    const model = found(provider.speechModel?.(id), "speech", id);
    return speak(model, callOf(model, request));
  },
  transcription: async ({ provider }, id, request) => {
    const model = found(provider.transcriptionModel?.(id), "transcription", id);
    return transcribe(model, callOf(model, request));
  },
  "video/start": (own, id, request) => video(own, id, request, startVideo),
  "video/status": (own, id, request) => video(own, id, request, videoStatus),
  "video/content": (own, id, request) => video(own, id, request, videoContent),
};

async function video(own: Package, id: string, request: TransportRequest, ask: VideoCall): Promise<TransportResponse> {
  const model = found(own.provider.videoModel?.(id), "video", id);
  return ask(model, callOf(model, request), own.seal);
}

/** By its type every package has them; some that are made by hand do not. */
function languageModel(provider: Partial<AiSdkProvider>, id: string): AiSdkLanguageModel | undefined {
  return provider.languageModel?.(id);
}

/** A package has models of some kinds only. */
function found<Model extends AiSdkModel>(model: Model | undefined, kind: string, id: string): Model {
  if (model !== undefined) return model;
  const message = `The package has no ${kind} models, so none called "${id}".`;
  throw new AttemptError({ class: "invalid", kind: "model_not_found", message });
}

function callOf({ specificationVersion }: AiSdkModel, request: TransportRequest): BridgeCall {
  if (!isContractVersion(specificationVersion)) {
    const message = `The package speaks contract ${specificationVersion}; known are ${contractVersions.join(", ")}.`;
    throw new AttemptError({ class: "protocol", message });
  }
  return {
    options: parsed(request.body),
    version: specificationVersion,
    headers: ownHeaders(request.headers),
    signal: request.signal,
  };
}

function parsed(body: TransportRequest["body"]): JsonObject {
  const options: unknown = parseJson(new TextDecoder().decode(bytesOf(body)));
  if (!isObject(options)) throw errors.INTERNAL();
  return options;
}

const ofGateway: Readonly<Record<string, string | null>> = {
  "content-type": null,
  accept: null,
  "user-agent": "sluice",
};

/** The channel's headers, without those that the gateway writes for a wire of its own. */
function ownHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(headers).filter(([name, value]) => {
    const written = ofGateway[name];
    return written === undefined || (written !== null && written !== value);
  });
  return Object.fromEntries(own);
}
