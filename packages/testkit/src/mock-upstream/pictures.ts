import type { Json, JsonObject } from "@sluice/core";
import { must } from "./endpoints.ts";
import { isRecord, records, unknownField, words } from "./fields.ts";
import { fieldsIn, partsIn } from "./form.ts";
import type { ArrivedPart } from "./form.ts";
import { gemini } from "./gemini.ts";
import { picture } from "./media-bytes.ts";
import { openai } from "./openai.ts";
import { VendorError } from "./vendor-error.ts";
import type { Vendor, VendorAnswer, VendorCall, VendorEvent } from "./vendor.ts";

const base64 = Buffer.from(picture).toString("base64");
const told = (json: JsonObject): VendorAnswer => ({ type: "json", json });

/** Fields and files of a call, whether it came as a form or as JSON. */
function arrived(call: VendorCall, body: unknown): { fields: JsonObject; files: ArrivedPart[] } {
  if (isRecord(body)) return { fields: body, files: [] };
  const parts = partsIn(call.body, call.headers["content-type"] ?? "");
  if (parts === null) throw new VendorError(400, "We could not parse the body of your request.");
  return { fields: fieldsIn(parts), files: parts.filter(({ filename }) => filename !== null) };
}

function known(fields: JsonObject, names: readonly string[]): void {
  const strange = unknownField(fields, new Set(names));
  if (strange !== undefined) throw new VendorError(400, `Unknown parameter: '${strange}'.`, { param: strange });
}

function modelOf(call: VendorCall, body: unknown): string {
  if (isRecord(body)) return words(body["model"]);
  const parts = partsIn(call.body, call.headers["content-type"] ?? "") ?? [];
  return words(fieldsIn(parts)["model"]);
}

const usage = {
  input_tokens: 12,
  output_tokens: 272,
  total_tokens: 284,
  input_tokens_details: { text_tokens: 12, image_tokens: 0 },
};

/** https://platform.openai.com/docs/api-reference/images (read 2026-11). `dall-e` answers with addresses, all others inline. */
const openaiImages: Vendor = {
  ...openai,
  dialect: "openai-images",
  owns: ({ method, path }) => method === "POST" && /\/v1\/images\/(?:generations|edits|variations)$/.test(path),
  list: () => null,
  modelOf,
  serve(call, body) {
    const { fields, files } = arrived(call, body);
    const names = ["model", "prompt", "n", "size", "quality", "style", "background", "output_format", "user"];
    known(fields, [...names, "output_compression", "response_format", "stream", "partial_images", "images"]);
    const model = words(fields["model"]);
    const isOld = model.startsWith("dall-e");
    const action = call.path.split("/").at(-1);
    must(action === "variations" || words(fields["prompt"]) !== "", "prompt");
    if (action !== "generations")
      must(
        files.some(({ name }) => /^image(?:\[\])?$/.test(name)),
        "image",
      );
    must(isOld || fields["response_format"] === undefined, "response_format", "Unknown parameter: 'response_format'.");
    const shown: JsonObject = { size: fields["size"] ?? "1024x1024", quality: fields["quality"] ?? "medium" };
    if (fields["stream"] === true || fields["stream"] === "true")
      return drawn(action === "edits" ? "image_edit" : "image_generation", fields, shown);
    const inline = !isOld || fields["response_format"] === "b64_json";
    const one = inline ? { b64_json: base64 } : { url: "https://files.invalid/picture.png" };
    const data = Array.from({ length: Number(fields["n"] ?? 1) }, () => one);
    return told({
      created: 1_790_000_000,
      data,
      ...(isOld ? {} : { ...shown, background: "opaque", output_format: "png", usage }),
    });
  },
};

function drawn(family: string, fields: JsonObject, shown: JsonObject): VendorAnswer {
  const event = (type: string, more: JsonObject): VendorEvent => {
    const data = {
      type: `${family}.${type}`,
      b64_json: base64,
      created_at: 1_790_000_000,
      ...shown,
      output_format: "png",
      ...more,
    };
    return { name: data.type, data: JSON.stringify(data), content: true, role: "content" };
  };
  const drafts = Array.from({ length: Number(fields["partial_images"] ?? 0) }, (_, index) =>
    event("partial_image", { partial_image_index: index }),
  );
  const form = { contentType: "text/event-stream; charset=utf-8", framing: "sse" as const, lineEnd: "\n" as const };
  return { type: "events", events: [...drafts, event("completed", { usage })], form, json: {} };
}

const predict = /\/v1beta\/models\/([^/:]+):predict$/;

/** https://ai.google.dev/gemini-api/docs/imagen (read 2026-11). */
const imagen: Vendor = {
  ...gemini,
  dialect: "imagen-images",
  owns: ({ method, path }) => method === "POST" && predict.test(path),
  list: () => null,
  modelOf: ({ path }) => predict.exec(path)?.[1] ?? "",
  serve(_call, body) {
    must(isRecord(body), "body");
    const { instances, parameters = {} } = body as JsonObject;
    known(body as JsonObject, ["instances", "parameters"]);
    known(parameters as JsonObject, [
      "sampleCount",
      "aspectRatio",
      "imageSize",
      "seed",
      "outputOptions",
      "personGeneration",
    ]);
    must(words(records(instances)[0]?.["prompt"]) !== "", "instances");
    const count = Number((parameters as JsonObject)["sampleCount"] ?? 4);
    must(count >= 1 && count <= 4, "sampleCount");
    const predictions = Array.from({ length: count }, () => ({ bytesBase64Encoded: base64, mimeType: "image/png" }));
    return told({ predictions });
  },
};

/** https://ai.google.dev/gemini-api/docs/image-generation (read 2026-11): a chat that is asked for pictures. */
const geminiImages: Vendor = {
  ...gemini,
  dialect: "gemini-images",
  owns: ({ method, path, body }) =>
    method === "POST" && path.endsWith("-image:generateContent") && Buffer.from(body).includes('"IMAGE"'),
  list: () => null,
  serve(_call, body) {
    const { contents, generationConfig = {} } = (body ?? {}) as JsonObject;
    known(body as JsonObject, ["contents", "generationConfig", "safetySettings"]);
    known(generationConfig as JsonObject, ["responseModalities", "imageConfig", "seed", "candidateCount"]);
    must(records(contents).length > 0, "contents");
    const parts: Json[] = [{ text: "Here it is." }, { inlineData: { mimeType: "image/png", data: base64 } }];
    const counts = { promptTokenCount: 9, candidatesTokenCount: 1290, totalTokenCount: 1299 };
    return told({
      candidates: [{ content: { role: "model", parts }, finishReason: "STOP", index: 0 }],
      usageMetadata: counts,
    });
  },
};

const stableImage = /\/v2beta\/stable-image\/(?:generate\/(core|ultra|sd3)|edit\/inpaint)$/;

/** https://platform.stability.ai/docs/api-reference (read 2026-11): forms alone, one picture each. */
const stability: Vendor = {
  ...openai,
  dialect: "stability-images",
  owns: ({ method, path }) => method === "POST" && stableImage.test(path),
  list: () => null,
  modelOf,
  errorBody: (error) => ({ id: "0", name: "bad_request", errors: [error.message] }),
  serve(call) {
    const parts = partsIn(call.body, call.headers["content-type"] ?? "");
    if (parts === null) throw new VendorError(400, "content-type: must be multipart/form-data");
    must(call.headers["accept"] === "application/json", "accept");
    const { fields, files } = arrived(call, undefined);
    const [, family] = stableImage.exec(call.path) ?? [];
    const names = ["prompt", "negative_prompt", "aspect_ratio", "seed", "style_preset", "output_format", "strength"];
    known(fields, family === "sd3" ? [...names, "model", "mode", "cfg_scale"] : names);
    must(words(fields["prompt"]) !== "", "prompt");
    must(family !== undefined || files.some(({ name }) => name === "image"), "image");
    must(family !== "sd3" || files.length === 0 || fields["mode"] === "image-to-image", "mode");
    const isForbidden = words(fields["prompt"]).includes("forbidden");
    return told({ image: base64, finish_reason: isForbidden ? "CONTENT_FILTERED" : "SUCCESS", seed: 7 });
  },
};

/** https://github.com/novicezk/midjourney-proxy (read 2026-11): a task is submitted, and asked after until it is done. */
function midjourney(): Vendor {
  const asked = new Map<string, number>();
  return {
    ...openai,
    dialect: "midjourney-images",
    owns: ({ path }) => path.startsWith("/mj/"),
    list: () => null,
    modelOf: () => "",
    authenticate({ headers }, expected) {
      const key = headers["mj-api-secret"];
      if (key === undefined || (expected !== null && key !== expected)) throw new VendorError(403, "Forbidden");
    },
    serve({ path }, body) {
      if (path === "/mj/submit/imagine") {
        known((body ?? {}) as JsonObject, ["prompt", "base64Array", "state", "notifyHook"]);
        const prompt = isRecord(body) ? words(body["prompt"]) : "";
        if (prompt.includes("forbidden"))
          return told({ code: 24, description: "May contain sensitive words", properties: {} });
        const id = String(asked.size + 1);
        asked.set(id, 0);
        return told({ code: 1, description: "Submit success", result: id });
      }
      const [, id = ""] = /^\/mj\/task\/([^/]+)\/fetch$/.exec(path) ?? [];
      const times = (asked.get(id) ?? 0) + 1;
      asked.set(id, times);
      if (times < 2) return told({ id, action: "IMAGINE", status: "IN_PROGRESS", progress: "50%", imageUrl: null });
      return told({
        id,
        action: "IMAGINE",
        status: "SUCCESS",
        progress: "100%",
        imageUrl: "https://files.invalid/grid.png",
      });
    },
  };
}

/** The vendors of pictures. Replicate's and fal's are with their videos: one queue has both. */
export function createPictureVendors(): readonly Vendor[] {
  return [openaiImages, imagen, geminiImages, stability, midjourney()];
}
