import { arrayOf, AttemptError, isObject, numberOf, stringOf } from "@sluice/core";
import type { JsonObject, TransportResponse } from "@sluice/core";
import { whole } from "./answer.ts";
import { fromBase64 } from "./base64.ts";
import { plainOptions, type BridgeCall } from "./bridge-call.ts";
import type { AiSdkImageModel, AiSdkSpeechModel, AiSdkTranscriptionModel } from "./contract.ts";
import { versions } from "./versions.ts";

/** Pictures: `doGenerate` for as many as the model makes at once, one call after the other. */
export async function makeImages(model: AiSdkImageModel, call: BridgeCall): Promise<TransportResponse> {
  if (call.version === "v2" && (call.options["files"] !== undefined || call.options["mask"] !== undefined)) {
    throw lacking(call, "pictures to start from", "image");
  }
  const asked = numberOf(call.options["n"]) ?? 1;
  const most = Math.max(1, (await limitOf(model.maxImagesPerCall, model.modelId)) ?? 1);
  const results: JsonObject[] = [];
  for (let made = 0; made < asked; made += most) {
    const options = { ...imageDefaults, ...call.options, n: Math.min(most, asked - made) };
    results.push(versions[call.version].plain(await model.doGenerate(plainOptions({ ...call, options }))));
  }
  const [only] = results;
  return whole(only !== undefined && results.length === 1 ? only : joined(results));
}

/** Members that packages read without asking whether they are there. */
const imageDefaults = { providerOptions: {} };

function joined(results: readonly JsonObject[]): JsonObject {
  const usages = results.map(({ usage }) => (isObject(usage) ? usage : {}));
  const sum = (name: string): number | undefined => {
    const counts = usages.map((usage) => numberOf(usage[name]));
    // A sum of which one part is unknown is unknown.
    return counts.every((count) => count !== undefined) ? counts.reduce((total, count) => total + count, 0) : undefined;
  };
  return {
    ...results[0],
    images: results.flatMap(({ images }) => arrayOf(images)),
    warnings: results.flatMap(({ warnings }) => arrayOf(warnings)),
    usage: Object.fromEntries(["inputTokens", "outputTokens", "totalTokens"].map((name) => [name, sum(name)])),
  };
}

type Limit = AiSdkImageModel["maxImagesPerCall"];

async function limitOf(limit: Limit, modelId: string): Promise<number | undefined> {
  return typeof limit === "function" ? limit({ modelId }) : limit;
}

/** Speech: one text, one sound. */
export async function speak(model: AiSdkSpeechModel, call: BridgeCall): Promise<TransportResponse> {
  return whole(versions[call.version].plain(await model.doGenerate(plainOptions(call))));
}

/** The words of a sound. */
export async function transcribe(model: AiSdkTranscriptionModel, call: BridgeCall): Promise<TransportResponse> {
  if (call.version !== "v4" && call.options["timestampGranularities"] !== undefined) {
    throw lacking(call, "timestamps", "timestamp_granularities");
  }
  // Base64 would do by the contract; but some packages send on what they are given.
  const audio = fromBase64(stringOf(call.options["audio"]) ?? "");
  const options = { ...call.options, audio, headers: call.headers, abortSignal: call.signal } as never;
  return whole(versions[call.version].plain(await model.doGenerate(options)));
}

function lacking({ version }: BridgeCall, what: string, param: string): AttemptError {
  const message = `The package, of contract ${version}, has no word for ${what}.`;
  return new AttemptError({ class: "invalid", message, param });
}
