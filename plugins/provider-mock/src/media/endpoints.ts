import { bytesOf, stringOf, type JsonObject, type Ports, type TransportRequest } from "@sluice/core";
import { errors, type MockError } from "../errors.ts";
import { tokensOf } from "../tokens.ts";
import { film } from "./film.ts";
import { drawPicture, seedOf } from "./picture.ts";
import { heardIn, secondsOf, speak } from "./sound.ts";

/** Bytes of a kind, beside JSON. */
export interface MockBytes {
  mediaType: string;
  bytes: Uint8Array;
}

export type MediaAnswer = JsonObject | MockBytes | MockError;

/** A call to an endpoint of media: fields of JSON or of a form, and the first file of a form. */
interface MediaCall {
  fields: JsonObject;
  file: Uint8Array | null;
  ports: Pick<Ports, "clock">;
}

interface MediaEndpoint {
  model: string;
  answer: (call: MediaCall) => MediaAnswer;
}

/** By the end of the path. */
const endpoints: Readonly<Record<string, MediaEndpoint>> = {
  "/images/generations": { model: "draw", answer: pictures },
  "/images/edits": { model: "draw", answer: pictures },
  "/images/variations": { model: "draw", answer: pictures },
  "/audio/speech": { model: "speak", answer: speech },
  "/audio/transcriptions": { model: "hear", answer: transcription },
  "/audio/translations": { model: "hear", answer: transcription },
  "/videos": { model: "film", answer: order },
};

/** The answer to a call that makes or reads media, or looks after a video; null for any other call. */
export async function answerMedia(request: TransportRequest, ports: Pick<Ports, "clock">): Promise<MediaAnswer | null> {
  const { pathname } = new URL(request.url);
  const [, id, content] = /\/videos\/(video_mock_[\w.]+)(\/content)?$/.exec(pathname) ?? [];
  if (id !== undefined && request.method !== "POST") return lookAfter(id, request.method, content !== undefined, ports);
  const ending = Object.keys(endpoints).find((name) => pathname.endsWith(name));
  if (ending === undefined || request.method !== "POST") return null;
  const { model, answer } = endpoints[ending] as MediaEndpoint;
  const input = await read(request);
  if (input === null) return errors.body();
  if (input.fields["model"] !== model) return errors.model(stringOf(input.fields["model"]) ?? "");
  return answer({ ...input, ports });
}

export function isBytes(answer: MediaAnswer): answer is MockBytes {
  return (answer as MockBytes).bytes instanceof Uint8Array;
}

async function read({ body, headers }: TransportRequest): Promise<Omit<MediaCall, "ports"> | null> {
  const type = headers["content-type"] ?? "application/json";
  const response = new Response(new Uint8Array(bytesOf(body)), { headers: { "content-type": type } });
  try {
    if (!type.startsWith("multipart/")) return { fields: (await response.json()) as JsonObject, file: null };
    const entries = [...(await response.formData()).entries()];
    const fields = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
    const file = entries.map(([, value]) => value).find((value) => typeof value !== "string");
    const bytes = file === undefined ? null : new Uint8Array(await (file as Blob).arrayBuffer());
    return { fields: Object.fromEntries(fields), file: bytes };
  } catch {
    return null;
  }
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function pictures({ fields, file, ports }: MediaCall): MediaAnswer {
  const prompt = stringOf(fields["prompt"]) ?? "";
  if (prompt === "" && file === null) return errors.field("prompt");
  const count = Number(fields["n"] ?? 1);
  if (!Number.isInteger(count) || count < 1 || count > 10) return errors.field("n");
  const data = Array.from({ length: count }, (_, index) => ({
    b64_json: toBase64(drawPicture(seedOf(`${index} ${prompt} ${file?.length ?? ""}`))),
  }));
  const input = tokensOf(prompt).length;
  const output = count * 64;
  return {
    created: Math.floor(ports.clock.now() / 1000),
    data,
    size: "64x64",
    output_format: "png",
    usage: { input_tokens: input, output_tokens: output, total_tokens: input + output },
  };
}

/** Events are made of what is answered here by the gateway: the mock speaks at once. */
function speech({ fields }: MediaCall): MediaAnswer {
  const text = stringOf(fields["input"]) ?? "";
  if (text.trim() === "") return errors.field("input");
  const format = fields["response_format"] ?? "wav";
  if (format !== "wav") return errors.field("response_format");
  return { mediaType: "audio/wav", bytes: speak(text) };
}

function transcription({ fields, file }: MediaCall): MediaAnswer {
  if (file === null) return errors.field("file");
  const text = heardIn(file) ?? `A sound of ${file.length} bytes, which is nothing that the mock has said.`;
  const duration = secondsOf(text);
  const segments = [{ id: 0, start: 0, end: duration, text }];
  const usage = { type: "duration", seconds: Math.ceil(duration) };
  const format = stringOf(fields["response_format"]) ?? "json";
  if (format === "text")
    return { mediaType: "text/plain; charset=utf-8", bytes: new TextEncoder().encode(`${text}\n`) };
  if (format === "json") return { text, usage };
  if (format === "verbose_json" || format === "diarized_json") {
    const spoken = format === "diarized_json" ? segments.map((segment) => ({ ...segment, speaker: "mock" })) : segments;
    return { task: "transcribe", language: "english", duration, text, segments: spoken, usage };
  }
  return errors.field("response_format");
}

/** How long a video takes to be made. */
const makingMs = 2_000;

/** The id says all that there is to know of it: a gateway that was started again finds it as it was. */
function order({ fields, ports }: MediaCall): MediaAnswer {
  if ((stringOf(fields["prompt"]) ?? "") === "") return errors.field("prompt");
  const seconds = Number(fields["seconds"] ?? 4);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 60) return errors.field("seconds");
  const size = stringOf(fields["size"]) ?? "1280x720";
  if (!/^\d+x\d+$/.test(size)) return errors.field("size");
  return videoOf(`video_mock_${Math.floor(ports.clock.now()).toString(36)}.${seconds}.${size}`, ports);
}

function lookAfter(id: string, method: string, isContent: boolean, ports: Pick<Ports, "clock">): MediaAnswer {
  if (method === "DELETE") return { id, object: "video.deleted", deleted: true };
  const video = videoOf(id, ports);
  if (!isContent) return video;
  if (video["status"] !== "completed") return { ...errors.field("video_id"), status: 404 };
  return { mediaType: "video/mp4", bytes: film(Number(video["seconds"])) };
}

function videoOf(id: string, { clock }: Pick<Ports, "clock">): JsonObject {
  const [made = "", seconds = "4", size = ""] = id.replace("video_mock_", "").split(".");
  const began = Number.parseInt(made, 36);
  const done = Math.max(0, Math.min(1, (clock.now() - began) / makingMs));
  const began_s = Math.floor(began / 1000);
  return {
    id,
    object: "video",
    model: "film",
    status: done === 1 ? "completed" : done === 0 ? "queued" : "in_progress",
    progress: Math.floor(done * 100),
    created_at: began_s,
    completed_at: done === 1 ? Math.floor((began + makingMs) / 1000) : null,
    expires_at: null,
    prompt: null,
    seconds,
    size,
    remixed_from_video_id: null,
    error: null,
  };
}
