import { defineDecoder, errors, objectOf, stringOf } from "@sluice/core";
import type { ChatRequest, DecodeContext, Dialect, Json, UpstreamDialect, UpstreamTarget } from "@sluice/core";
import { anthropic, gemini } from "@sluice/dialects";

const own = anthropic.upstream as UpstreamDialect;
const google = gemini.upstream as UpstreamDialect;
export const claudeVersion = "vertex-2023-10-16";
const moved = ["model", "betas"];

/**
 * Anthropic's Messages at Google: the path names the model, the body the version.
 *
 * https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai (read 2026-11)
 */
export const claudeOnVertex: Dialect = {
  ...anthropic,
  upstream: {
    ...own,
    path: ({ model }, stream) =>
      `/publishers/anthropic/models/${encodeURIComponent(model).replaceAll("%40", "@")}:${stream ? "streamRawPredict" : "rawPredict"}`,
    headers: {},
    passHeaders: ["anthropic-beta"],
    patchRequest(body, request, target) {
      refuseDocumentsByUrl(request, target);
      const { set, remove, warnings } = own.patchRequest(body, request, signedByClaude(target));
      const kept: Record<string, Json> = Object.fromEntries(
        Object.entries(set).filter(([name]) => !moved.includes(name)),
      );
      const gone = moved.filter((name) => name in body && !remove.includes(name));
      return { set: { ...kept, anthropic_version: claudeVersion }, remove: [...remove, ...gone], warnings };
    },
    encodeRequest(request, target) {
      refuseDocumentsByUrl(request, target);
      const { body, ...rest } = own.encodeRequest(request, signedByClaude(target));
      const kept = Object.entries(body).filter(([name]) => !moved.includes(name));
      return { ...rest, body: { anthropic_version: claudeVersion, ...Object.fromEntries(kept) } };
    },
    // What Google refuses before Claude sees it is said in Google's words.
    decodeError: (status, headers, body, quirks) =>
      isGoogle(body)
        ? google.decodeError(status, headers, body, quirks)
        : own.decodeError(status, headers, body, quirks),
    decodeReply: (body, context) => own.decodeReply(body, readByClaude(context)),
    decoder: defineDecoder({ ...own.decoder, initial: (context) => own.decoder.initial(readByClaude(context)) }),
  },
};

/** Google's errors have a status in words, and come in a list from calls that would have streamed. */
function isGoogle(body: unknown): boolean {
  const [one] = Array.isArray(body) ? (body as unknown[]) : [body];
  return stringOf(objectOf(objectOf(one)?.["error"])?.["status"]) !== undefined;
}

/** Claude signs its thoughts alike wherever it runs; they are not Google's to read. */
export function signedByClaude(target: UpstreamTarget): UpstreamTarget {
  return { ...target, stateDomain: "anthropic" };
}

function readByClaude(context: DecodeContext): DecodeContext {
  return { ...context, target: signedByClaude(context.target) };
}

function refuseDocumentsByUrl({ messages }: ChatRequest, { model }: UpstreamTarget): void {
  const byUrl = messages.some(({ parts }) => parts.some((part) => part.type === "file" && part.source.kind === "url"));
  if (byUrl) throw errors.REQUEST_UNSUPPORTED("messages", model, "Send documents inline: no URL is fetched here.");
}
