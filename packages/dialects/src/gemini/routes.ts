import type { ClientCall, ClientRoute, Operation, OperationName } from "@sluice/core";

/** What may follow the last colon of a path of a chat; other operations have actions of their own. */
const actions = ["generateContent", "streamGenerateContent"] as const;
type Action = (typeof actions)[number];

const versions = ["v1", "v1beta", "v1alpha"] as const;

export const routes: readonly ClientRoute[] = [
  ...under("/gemini/:version"),
  ...versions.flatMap((version) => under(`/${version}`)),
];

function under(base: string): ClientRoute[] {
  // `/v1/models` is shared with the other dialects.
  const shared = base === "/v1" ? { claims: hasGeminiCredential } : {};
  return [
    { method: "POST", path: `${base}/models/**`, operation: (call) => (actionOf(call) === null ? null : "chat") },
    { method: "GET", path: `${base}/models`, operation: "models", ...shared },
    { method: "GET", path: `${base}/models/**`, operation: namedModel, ...shared },
  ];
}

function namedModel(call: ClientCall): Operation | null {
  return modelOf(call) === "" ? null : "model";
}

function hasGeminiCredential(call: ClientCall): boolean {
  return call.headers.has("x-goog-api-key") || call.query.has("key");
}

/** The model's name: all between `/models/` and the action, so `provider/model` and `name:tag` work. */
export function modelOf(call: ClientCall): string {
  const name = afterModels(call);
  const action = actionOf(call);
  return action === null ? name : name.slice(0, name.lastIndexOf(":"));
}

export function actionOf(call: ClientCall): Action | null {
  const tail = tailOf(call);
  return actions.find((known) => known === tail) ?? null;
}

/** What follows the last colon of a path that names a model before it; empty where nothing does. */
export function tailOf(call: ClientCall): string {
  const name = afterModels(call);
  const colon = name.lastIndexOf(":");
  return colon > 0 ? name.slice(colon + 1) : "";
}

/** The model's name before an action of any operation. */
export function modelNamed(call: ClientCall): string {
  const name = afterModels(call);
  return name.slice(0, name.lastIndexOf(":"));
}

/** Routes of another operation than chat: its actions on the paths of models. */
export function routesFor(tails: readonly string[], operation: OperationName): ClientRoute[] {
  const claims = (call: ClientCall) => tails.includes(tailOf(call));
  const bases = ["/gemini/:version", ...versions.map((version) => `/${version}`)];
  return bases.map((base) => ({ method: "POST", path: `${base}/models/**`, operation, claims }));
}

/** A model as the vendor's paths and bodies name it. */
export function resourceOf(model: string): string {
  const name = model.split("/").map(encodeURIComponent).join("/");
  return /^(models|tunedModels|publishers|projects)\//.test(model) ? name : `models/${name}`;
}

/** Whether a streamed answer is to be SSE; else it is one JSON array. */
export function wantsEvents(call: ClientCall): boolean {
  return call.query.get("alt")?.toLowerCase() === "sse";
}

const marker = "/models/";

// The raw path is decoded here, once: a decoded one would read an encoded slash or percent sign twice.
function afterModels(call: ClientCall): string {
  const [path = ""] = call.rawPath.split("?", 1);
  const found = path.indexOf(marker);
  if (found === -1) return "";
  const raw = path.slice(found + marker.length);
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}
