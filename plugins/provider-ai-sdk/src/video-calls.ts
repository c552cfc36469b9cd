import { AttemptError, stringOf } from "@sluice/core";
import type { TransportResponse } from "@sluice/core";
import { respond, whole } from "./answer.ts";
import { fromBase64 } from "./base64.ts";
import { plainOptions, type BridgeCall } from "./bridge-call.ts";
import type { AiSdkVideoModel } from "./contract.ts";
import type { JobSeal } from "./job-seal.ts";

export type VideoCall = (model: AiSdkVideoModel, call: BridgeCall, seal: JobSeal) => Promise<TransportResponse>;

/** Begins a video: `doStart`. The answer has the name of the job. */
export const startVideo: VideoCall = async (model, call, seal) => {
  if (!model.doStart || !model.doStatus) throw lacking();
  // Members that packages read without asking whether they are there.
  const options = { providerOptions: {}, ...call.options };
  const { operation, ...told } = (await model.doStart(plainOptions({ ...call, options }))) as { operation?: unknown };
  const job = operation === undefined ? undefined : await seal.seal(model.modelId, operation);
  return whole({ ...told, job });
};

/** How far a video is, and where it lies: `doStatus`. */
export const videoStatus: VideoCall = async (model, call, seal) => whole(await statusOf(model, call, seal));

/** A video that the package holds itself, as bytes; of any other where it lies. */
export const videoContent: VideoCall = async (model, call, seal) => {
  const told = (await statusOf(model, call, seal)) as { videos?: { data?: unknown; mediaType?: string }[] };
  const held = told.videos?.find(({ data }) => data instanceof Uint8Array || typeof data === "string");
  if (held === undefined) return whole(told);
  const bytes = held.data instanceof Uint8Array ? held.data : fromBase64(stringOf(held.data) ?? "");
  return respond(200, {}, [bytes], held.mediaType ?? "video/mp4");
};

async function statusOf(model: AiSdkVideoModel, call: BridgeCall, seal: JobSeal): Promise<object> {
  if (!model.doStatus) throw lacking();
  const operation = await seal.open(model.modelId, stringOf(call.options["job"]) ?? "");
  return model.doStatus({ operation, headers: call.headers, abortSignal: call.signal } as never);
}

function lacking(): AttemptError {
  const message = "The package makes videos only while somebody waits, and not of this model in the background.";
  return new AttemptError({ class: "invalid", message, param: "model" });
}
