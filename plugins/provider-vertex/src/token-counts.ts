import { objectOf } from "@sluice/core";
import type { Json, JsonObject, OperationDialect, Patch } from "@sluice/core";
import { anthropicTokens, geminiTokens } from "@sluice/dialects";
import { claudeVersion, signedByClaude } from "./claude.ts";
import { belowGoogle } from "./gemini.ts";

type Upstream = NonNullable<OperationDialect["upstream"]>;

const claude = anthropicTokens.upstream as Upstream;
const gemini = geminiTokens.upstream as Upstream;

/** Claude's counts: one resource for all models. The body names the model here, unlike that of a message. */
export const claudeTokensOnVertex: OperationDialect = {
  ...anthropicTokens,
  upstream: {
    ...claude,
    route: () => ({ method: "POST", path: "/publishers/anthropic/models/count-tokens:rawPredict" }),
    headers: {},
    passHeaders: ["anthropic-beta"],
    patchRequest(body, request, target) {
      const { set, ...patch } = claude.patchRequest(body, request, signedByClaude(target));
      return { ...patch, set: { ...set, anthropic_version: claudeVersion } };
    },
    encodeRequest(request, target) {
      const { body, ...encoded } = claude.encodeRequest(request, signedByClaude(target));
      return { ...encoded, body: { anthropic_version: claudeVersion, ...(body as JsonObject) } };
    },
  },
};

/** Where the Gemini API has a whole request under a name of its own, Vertex has its members at the top. */
const whole = "generateContentRequest";
const counted = ["contents", "systemInstruction", "tools"];

/** Gemini's counts. */
export const geminiTokensOnVertex: OperationDialect = {
  ...geminiTokens,
  upstream: {
    ...gemini,
    route(request, target) {
      const { method, path } = gemini.route(request, target);
      return { method, path: belowGoogle(path) };
    },
    patchRequest: (body, request, target) => atTop(gemini.patchRequest(body, request, target), body),
    encodeRequest(request, target) {
      const { body, ...encoded } = gemini.encodeRequest(request, target);
      const asked = body as JsonObject;
      return { ...encoded, body: only(objectOf(asked[whole]) ?? asked) };
    },
  },
};

function atTop({ set, remove, warnings }: Patch, body: JsonObject): Patch {
  const inner = objectOf(set[whole]);
  if (inner === undefined) return { set, remove, warnings };
  const names = Object.keys(body).filter((name) => !counted.includes(name));
  return { set: only(inner) as Record<string, Json>, remove: names, warnings };
}

function only(request: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(request).filter(([name]) => counted.includes(name)));
}
