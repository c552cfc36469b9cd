import { usageWith } from "@sluice/core";
import type { ResultDecoder, ResultFrame, SpeechRequest, Usage } from "@sluice/core";

/** Sound that is passed on as it comes; null for what is none. */
export function soundDecoder(
  mediaType: string,
  request: SpeechRequest,
  characters: number = Number.NaN,
): ResultDecoder<"speech"> | null {
  const type = mediaType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (!type.startsWith("audio/") && type !== "application/octet-stream") return null;
  const usage = Number.isSafeInteger(characters) ? usageWith({ details: { characters } }) : spoken(request);
  let isEmpty = true;
  return {
    push(piece) {
      isEmpty &&= piece.length === 0;
      return [{ raw: piece, events: [{ type: "audio", bytes: piece, mediaType: type }] }];
    },
    end(): ResultFrame<"speech">[] {
      const raw = new Uint8Array(0);
      if (isEmpty)
        return [{ raw, events: [{ type: "error", failure: { class: "protocol", message: "an empty body" } }] }];
      return [{ raw, events: [{ type: "usage", usage }, { type: "end" }] }];
    },
  };
}

/** Nothing is counted in a body of bytes; what is billed there is the text. */
export function spoken({ text: words }: SpeechRequest): Usage {
  return usageWith({ details: { characters: words.length } });
}
