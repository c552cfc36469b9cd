import { AttemptError } from "@sluice/core";
import type { ResultDecodeContext, ResultDecoder, ResultFrame, VideosRequest } from "@sluice/core";
import { videoUsage } from "@sluice/core";

/** The content of a video, passed on as it comes; null for an answer that only says where it lies, or is an error. */
export function decodeContent(
  mediaType: string,
  { request }: ResultDecodeContext<"videos">,
): ResultDecoder<"videos"> | null {
  const isContent = /^(?:video|image|audio)\/|^application\/octet-stream\b|^binary\//i.test(mediaType);
  return request.action === "content" && isContent ? bytesDecoder(mediaType, request) : null;
}

function bytesDecoder(mediaType: string, request: VideosRequest): ResultDecoder<"videos"> {
  const nothing = new Uint8Array(0);
  let isEmpty = true;
  return {
    push(piece): ResultFrame<"videos">[] {
      if (piece.length === 0) return [];
      isEmpty = false;
      return [{ raw: piece, events: [{ type: "content", bytes: piece, mediaType }] }];
    },
    end(): ResultFrame<"videos">[] {
      if (isEmpty) {
        const failure = { class: "protocol" as const, message: "the content is empty" };
        return [{ raw: nothing, events: [{ type: "error", failure }] }];
      }
      return [{ raw: nothing, events: [{ type: "usage", usage: videoUsage(request) }, { type: "end" }] }];
    },
  };
}

/** Asked for the content of what is not there yet. */
export function notReady(status: string): AttemptError {
  return new AttemptError({ class: "invalid", status: 404, message: `the video is ${status}`, code: "not_ready" });
}
