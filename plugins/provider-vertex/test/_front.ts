import type { JsonObject } from "@sluice/core";
import type { Front, FrontAnswer, FrontCall } from "@sluice/testkit";

export const expressKey = "AQ.express-key-0123456789";

/** Vertex AI as its documents have it, in front of models that speak as their vendors do. */
export function vertexFront(isToken: (token: string) => boolean = () => true): Front {
  return async (call, ask) => {
    const target = targetOf(call);
    if (target === null) return refusal(404, "NOT_FOUND", `The requested URL ${call.url} was not found.`);
    const { publisher, model, action, hasProject, query } = target;
    const [, token] = /^Bearer (.+)$/.exec(call.headers["authorization"] ?? "") ?? [];
    const key = call.headers["x-goog-api-key"];
    const isExpress = key !== undefined && !hasProject && publisher === "google";
    if (!isExpress && (token === undefined || !isToken(token) || !hasProject))
      return refusal(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
    const credential = token ?? key ?? "";
    if (publisher === "google") {
      const path = `/v1beta/models/${model}:${action}${query}`;
      return passed(await ask(path, post({ "x-goog-api-key": credential }, call.body.toString())));
    }
    return claude(call, ask, { model, action, credential });
  };
}

async function claude(
  call: FrontCall,
  ask: Parameters<Front>[1],
  { model, action, credential }: { model: string; action: string; credential: string },
): Promise<FrontAnswer> {
  const { anthropic_version, ...body } = JSON.parse(call.body.toString()) as JsonObject;
  if (anthropic_version !== "vertex-2023-10-16")
    return refusal(400, "INVALID_ARGUMENT", "anthropic_version: Field required");
  if ("model" in body) return refusal(400, "INVALID_ARGUMENT", "model: Extra inputs are not permitted");
  if (call.headers["anthropic-version"] !== undefined)
    return refusal(400, "INVALID_ARGUMENT", "anthropic-version is no header here");
  if ((body["stream"] === true) !== (action === "streamRawPredict"))
    return refusal(400, "INVALID_ARGUMENT", "stream and path differ");
  const beta = call.headers["anthropic-beta"];
  const headers = {
    "x-api-key": credential,
    "anthropic-version": "2023-06-01",
    ...(beta === undefined ? {} : { "anthropic-beta": beta }),
  };
  return passed(await ask("/v1/messages", post(headers, JSON.stringify({ ...body, model }))));
}

const form =
  /^\/v1(?:\/projects\/([^/]+)\/locations\/([^/]+))?\/publishers\/(google|anthropic)\/models\/([^/:]+):([A-Za-z]+)(\?alt=sse)?$/;
const actions = { google: ["generateContent", "streamGenerateContent"], anthropic: ["rawPredict", "streamRawPredict"] };

function targetOf({ url }: FrontCall) {
  const [, project, , publisher, model = "", action = "", query = ""] = form.exec(url) ?? [];
  if (publisher !== "google" && publisher !== "anthropic") return null;
  if (!actions[publisher].includes(action)) return null;
  return { publisher, model: decodeURIComponent(model), action, hasProject: project !== undefined, query };
}

function post(headers: Record<string, string>, body: string): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json", ...headers }, body };
}

async function passed(response: Response): Promise<FrontAnswer> {
  const headers = { "content-type": response.headers.get("content-type") ?? "" };
  const body = response.body as unknown as AsyncIterable<Uint8Array> | null;
  return { status: response.status, headers, body: body ?? "" };
}

function refusal(code: number, status: string, message: string): FrontAnswer {
  const body = JSON.stringify({ error: { code, status, message } });
  return { status: code, headers: { "content-type": "application/json" }, body };
}
