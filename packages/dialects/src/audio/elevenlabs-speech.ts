import { AttemptError, defineOperationDialect, errors } from "@sluice/core";
import type {
  EncodedOperation,
  JsonObject,
  OperationRoute,
  ResultDecodeContext,
  ResultDecoder,
  SpeechRequest,
  UpstreamTarget,
} from "@sluice/core";
import { droppedFields } from "../losses.ts";
import { defined } from "../members.ts";
import { decodeError } from "../openai-chat/errors.ts";
import { soundDecoder } from "./sound.ts";

/**
 * Speech of ElevenLabs, for upstreams alone: the voice stands in the path, the form of the sound in the query.
 *
 * <https://elevenlabs.io/docs/api-reference/text-to-speech/stream> (read 2026-11)
 */
export const elevenlabsSpeech = defineOperationDialect({
  id: "elevenlabs-speech",
  operation: "speech",
  upstream: {
    route,
    passHeaders: [],
    patchRequest: () => ({ set: {}, remove: [], warnings: [] }),
    encodeRequest,
    decodeResult() {
      throw new AttemptError({ class: "protocol", message: "the answer is no sound" });
    },
    decodeStream,
    decodeError,
  },
});

/** The vendor's forms by OpenAI's names; the others of those it does not make. */
const formats: Readonly<Record<string, string>> = {
  mp3: "mp3_44100_128",
  opus: "opus_48000_128",
  pcm: "pcm_24000",
  wav: "wav_44100",
};

function route({ voice = "", format = "mp3" }: SpeechRequest): OperationRoute {
  const query = new URLSearchParams({ output_format: formats[format] ?? format });
  return { method: "POST", path: `/text-to-speech/${encodeURIComponent(voice)}/stream?${query}` };
}

function encodeRequest(request: SpeechRequest, { model }: UpstreamTarget): EncodedOperation {
  const { text, voice, format = "mp3", speed, instructions, language, origin } = request;
  // It stands in the path, where it must not choose another one.
  if (!/^[\w-]+$/.test(voice ?? "")) throw errors.REQUEST_INVALID("voice", "must be the id of a voice of this vendor");
  if (formats[format] === undefined) throw errors.REQUEST_UNSUPPORTED("response_format", model);
  const { voice_settings: settings, ...rest } = origin.rest as { voice_settings?: JsonObject } & JsonObject;
  const voiceSettings = defined({ speed, ...settings });
  const body = defined({
    text,
    model_id: model,
    language_code: language,
    voice_settings: Object.keys(voiceSettings).length === 0 ? undefined : voiceSettings,
    ...rest,
  }) as JsonObject;
  return { body, warnings: instructions === undefined ? [] : droppedFields({ instructions }) };
}

/** Billed by the character; where the vendor says how many, that counts. */
function decodeStream(mediaType: string, context: ResultDecodeContext<"speech">): ResultDecoder<"speech"> | null {
  return soundDecoder(mediaType, context.request, Number(context.headers.get("character-cost") ?? Number.NaN));
}
