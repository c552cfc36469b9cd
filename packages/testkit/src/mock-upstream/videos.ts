import type { JsonObject } from "@sluice/core";
import { must } from "./endpoints.ts";
import { isRecord, unknownField, words } from "./fields.ts";
import { fieldsIn, partsIn } from "./form.ts";
import { gemini } from "./gemini.ts";
import { openai } from "./openai.ts";
import { VendorError } from "./vendor-error.ts";
import type { Vendor, VendorAnswer, VendorCall } from "./vendor.ts";
import { VideoJobs } from "./video-jobs.ts";
import type { VideoOrder } from "./video-jobs.ts";

const created = 1_790_000_000;

/** The vendors of videos, with orders of their own: those of one upstream are unknown to another. */
export function createVideoVendors(): readonly Vendor[] {
  return [openaiVideos(), geminiVideos(), replicate(), fal()];
}

const told = (json: JsonObject): VendorAnswer => ({ type: "json", json });
const shown = (bytes: Uint8Array): VendorAnswer => ({ type: "bytes", mediaType: "video/mp4", bytes, json: {} });

interface Jobber {
  dialect: Vendor["dialect"];
  like: Vendor;
  owns: (call: VendorCall) => boolean;
  modelOf?: Vendor["modelOf"];
  authenticate?: Vendor["authenticate"];
  serve: (call: VendorCall, body: JsonObject) => VendorAnswer;
}

function vendorOf({ like, ...own }: Jobber): Vendor {
  return {
    ...like,
    modelOf: (_call, body) => (isRecord(body) ? words(body["model"]) : ""),
    ...own,
    list: () => null,
    serve: (call, body) => own.serve(call, isRecord(body) ? body : formOf(call)),
  };
}

/** A form as an object; its files as the names they came with. */
function formOf({ body, headers }: VendorCall): JsonObject {
  const parts = partsIn(body, headers["content-type"] ?? "") ?? [];
  const files = parts.flatMap(({ name, filename }) => (filename === null ? [] : [[name, { filename }] as const]));
  return { ...fieldsIn(parts), ...Object.fromEntries(files) };
}

function take(body: JsonObject, known: readonly string[]): void {
  const strange = unknownField(body, new Set(known));
  if (strange !== undefined) throw new VendorError(400, `Unknown parameter: '${strange}'.`, { param: strange });
}

/** https://platform.openai.com/docs/api-reference/videos (read 2026-11). */
function openaiVideos(): Vendor {
  const jobs = new VideoJobs("video_");
  const job = ({ id, model, input }: VideoOrder, status: string, progress: number): JsonObject => ({
    id,
    object: "video",
    model,
    status,
    progress,
    created_at: created,
    completed_at: status === "completed" ? created + 60 : null,
    expires_at: status === "completed" ? created + 3600 : null,
    prompt: input["prompt"] ?? null,
    seconds: words(input["seconds"]) || "4",
    size: words(input["size"]) || "720x1280",
    remixed_from_video_id: words(input["from"]) || null,
    error: status === "failed" ? { code: "moderation_blocked", message: "The video was blocked." } : null,
  });
  const order = (model: string, body: JsonObject) => told(job(jobs.order(model, body), "queued", 0));
  return vendorOf({
    dialect: "openai-videos",
    like: openai,
    owns: ({ path }) => /\/v1\/videos(?:\/|$)/.test(path) && !path.startsWith("/fal/"),
    serve({ method, path, query }, body) {
      const [, id = "", more = ""] = /\/videos\/?([^/]*)\/?(.*)$/.exec(path) ?? [];
      if (method === "DELETE") {
        jobs.forget(id);
        return told({ id, object: "video.deleted", deleted: true });
      }
      if (method === "GET") return more === "content" ? content(id, query) : look(id);
      if (more === "remix") {
        take(body, ["prompt"]);
        return order(jobs.find(id).model, { ...body, from: id });
      }
      if (id === "edits" || id === "extensions") {
        take(body, ["prompt", "video", "video[id]", "seconds"]);
        const from = isRecord(body["video"]) ? words(body["video"]["id"]) : words(body["video[id]"]);
        return order(jobs.find(from).model, { ...body, from });
      }
      take(body, ["model", "prompt", "seconds", "size", "input_reference"]);
      must(body["seconds"] === undefined || /^(?:4|8|12)$/.test(words(body["seconds"])), "seconds");
      return order(words(body["model"]), body);
    },
  });

  function look(id: string): VendorAnswer {
    const { order: found, step } = jobs.look(id);
    if (step === "working") return told(job(found, "in_progress", 50));
    return told(step === "done" ? job(found, "completed", 100) : job(found, "failed", 50));
  }

  function content(id: string, query: URLSearchParams): VendorAnswer {
    const variant = query.get("variant") ?? "video";
    must(["video", "thumbnail", "spritesheet"].includes(variant), "variant");
    const bytes = jobs.take(id);
    return { type: "bytes", mediaType: variant === "video" ? "video/mp4" : "image/webp", bytes, json: {} };
  }
}

const veo = /\/v1beta\/models\/([^/:]+):predictLongRunning$/;
const veoOperation = /\/v1beta\/(models\/[^/]+\/operations\/[^/]+)$/;
const veoFile = /\/v1beta\/files\/([^/]+):download$/;

/** Google's Veo: https://ai.google.dev/gemini-api/docs/video (read 2026-11). */
function geminiVideos(): Vendor {
  const jobs = new VideoJobs("op-");
  return vendorOf({
    dialect: "gemini-videos",
    like: gemini,
    owns: ({ path }) => veo.test(path) || veoOperation.test(path) || veoFile.test(path),
    modelOf: ({ path }) => veo.exec(path)?.[1] ?? "",
    serve({ method, path, headers }, body) {
      const [, model] = veo.exec(path) ?? [];
      if (method === "POST" && model !== undefined) {
        take(body, ["instances", "parameters"]);
        const instance = Array.isArray(body["instances"]) ? body["instances"][0] : undefined;
        must(isRecord(instance), "instances");
        const parameters = isRecord(body["parameters"]) ? body["parameters"] : {};
        take(parameters, [
          "aspectRatio",
          "durationSeconds",
          "resolution",
          "seed",
          "negativePrompt",
          "personGeneration",
        ]);
        must(["number", "undefined"].includes(typeof parameters["durationSeconds"]), "durationSeconds");
        const { id } = jobs.order(model, { ...(instance as JsonObject), ...parameters });
        return told({ name: `models/${model}/operations/${id}` });
      }
      const [, file] = veoFile.exec(path) ?? [];
      if (file !== undefined) return shown(jobs.take(file));
      const [, name = ""] = veoOperation.exec(path) ?? [];
      const { order, step } = jobs.look(name.split("/").at(-1) ?? "");
      if (step === "working") return told({ name });
      if (step === "failed") return told({ name, done: true, error: { code: 13, message: "It could not be made." } });
      const uri = `http://${headers["host"]}/v1beta/files/${order.id}:download?alt=media`;
      const type = "type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse";
      const generateVideoResponse = { generatedSamples: [{ video: { uri } }] };
      return told({ name, done: true, response: { "@type": type, generateVideoResponse } });
    },
  });
}

const pictureAddress = "https://files.invalid/picture.png";

/** Models of vendors that have many kinds, by their names. */
function drawsPictures(model: string): boolean {
  return /flux|image/.test(model);
}

const prediction = /\/v1\/predictions(?:\/([^/]+))?(\/cancel)?$/;
const delivery = /^\/delivery\/([^/]+)\.mp4$/;

/** https://replicate.com/docs/reference/http (read 2026-11). What models take is their own affair. */
function replicate(): Vendor {
  const jobs = new VideoJobs("p");
  const shape = (order: VideoOrder, status: string, more: JsonObject = {}): JsonObject => ({
    id: order.id,
    model: order.model,
    version: "hidden",
    input: order.input,
    logs: "",
    output: null,
    error: null,
    status,
    created_at: "2026-09-21T09:33:20.000Z",
    completed_at: null,
    ...more,
  });
  return vendorOf({
    dialect: "replicate-videos",
    like: openai,
    owns: ({ path }) => prediction.test(path) || delivery.test(path),
    authenticate: (call, expected) => {
      if (!delivery.test(call.path)) openai.authenticate(call, expected);
    },
    modelOf: (_call, body) => (isRecord(body) ? words(body["version"]) : ""),
    serve({ method, path, headers }, body) {
      const [, file] = delivery.exec(path) ?? [];
      if (file !== undefined) return shown(jobs.take(file));
      const [, id = "", cancel] = prediction.exec(path) ?? [];
      if (method === "POST" && cancel === undefined) {
        take(body, ["version", "input", "webhook", "webhook_events_filter"]);
        must(/^[\w.-]+\/[\w.-]+(?::\w+)?$/.test(words(body["version"])), "version");
        return told(shape(jobs.order(words(body["version"]), body["input"] as JsonObject), "starting"));
      }
      if (cancel !== undefined) return told(shape(jobs.find(id), "canceled"));
      const { order, step } = jobs.look(id);
      if (step === "working") return told(shape(order, "processing"));
      if (step === "failed") return told(shape(order, "failed", { error: "It could not be made." }));
      if (drawsPictures(order.model)) return told(shape(order, "succeeded", { output: [pictureAddress] }));
      const output = `http://${headers["host"]}/delivery/${id}.mp4`;
      return told(shape(order, "succeeded", { output, completed_at: "2026-09-21T09:34:20.000Z" }));
    },
  });
}

const falOrder = /^\/fal\/([^/]+\/[^/]+)\/requests\/([^/]+)(\/status)?$/;
const falFile = /^\/fal\/files\/([^/]+)\.mp4$/;

/** https://docs.fal.ai/model-endpoints/queue (read 2026-11). Every model is a path; orders lie below its first two parts. */
function fal(): Vendor {
  const jobs = new VideoJobs("f-");
  return vendorOf({
    dialect: "fal-videos",
    like: { ...openai, errorBody: (error) => ({ detail: error.message }) },
    owns: ({ path }) => path.startsWith("/fal/"),
    authenticate({ headers, path }, expected) {
      const [, key] = /^Key (.+)$/.exec(headers["authorization"] ?? "") ?? [];
      const isRight = expected === null ? key !== undefined : key === expected;
      if (!isRight && !falFile.test(path))
        throw new VendorError(401, "Cannot access application. Authentication is required.");
    },
    modelOf: ({ path, method }) => (method === "POST" ? path.slice("/fal/".length) : ""),
    serve({ method, path, headers }, body) {
      const [, file] = falFile.exec(path) ?? [];
      if (file !== undefined) return shown(jobs.take(file));
      const base = `http://${headers["host"]}`;
      if (method === "POST") {
        const model = path.slice("/fal/".length);
        const { id } = jobs.order(model, body);
        const url = `${base}/fal/${model.split("/").slice(0, 2).join("/")}/requests/${id}`;
        return told({
          status: "IN_QUEUE",
          request_id: id,
          response_url: url,
          status_url: `${url}/status`,
          queue_position: 0,
        });
      }
      const [, app = "", id = "", status] = falOrder.exec(path) ?? [];
      if (!jobs.find(id).model.startsWith(app)) throw new VendorError(404, "Not Found");
      if (status === undefined) {
        jobs.take(id);
        if (drawsPictures(jobs.find(id).model)) return told({ images: [{ url: pictureAddress }], seed: 7 });
        return told({ video: { url: `${base}/fal/files/${id}.mp4`, content_type: "video/mp4" }, seed: 7 });
      }
      const { step } = jobs.look(id);
      const order: JsonObject = { request_id: id, response_url: `${base}/fal/${app}/requests/${id}` };
      if (step === "working") return told({ ...order, status: "IN_PROGRESS" });
      const error = step === "failed" ? { error: "It could not be made.", error_type: "internal_server_error" } : {};
      return told({ ...order, status: "COMPLETED", ...error });
    },
  });
}
