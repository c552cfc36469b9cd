import type { Front, FrontAnswer, FrontCall } from "@sluice/testkit";

/** What Azure takes: keys in a header of their own, or tokens of Entra ID. */
export const entraToken = "eyJ0eXAiOiJKV1QifQ.e30.c2lnbmF0dXJl";

/** Azure OpenAI as its documents have it, in front of a model that speaks as OpenAI does. */
export const azureFront: Front = async (call, ask) => {
  const path = pathOf(call);
  if (path === null) return refusal(404, "404", "Resource not found");
  const key = call.headers["api-key"];
  const authorization = call.headers["authorization"];
  if (key !== undefined && authorization !== undefined) return refusal(400, "400", "two credentials");
  const isToken = authorization === `Bearer ${entraToken}`;
  if (key === undefined && !isToken) return refusal(401, "401", "Access denied due to invalid subscription key.");
  const response = await ask(path, {
    method: call.method,
    headers: { "content-type": "application/json", authorization: `Bearer ${key ?? "entra"}` },
    body: call.body.toString(),
  });
  const headers = { "content-type": response.headers.get("content-type") ?? "", "apim-request-id": "11111111" };
  const isStream = headers["content-type"].startsWith("text/event-stream") && path.endsWith("/chat/completions");
  const body = response.body as unknown as AsyncIterable<Uint8Array> | null;
  return { status: response.status, headers, body: isStream && body ? withFilterResults(body) : (body ?? "") };
};

/** The v1 path, or that of a deployment in a dated version, whose model is then the deployment's. */
function pathOf({ url }: FrontCall): string | null {
  const { pathname, searchParams } = new URL(url, "http://azure.invalid");
  const [, v1] = /^\/openai(\/v1\/(?:chat\/completions|responses|embeddings))$/.exec(pathname) ?? [];
  if (v1 !== undefined) return searchParams.size === 0 ? v1 : null;
  if (!/^\d{4}-\d{2}-\d{2}(-preview)?$/.test(searchParams.get("api-version") ?? "")) return null;
  const [, old] =
    /^\/openai(?:\/deployments\/[^/]+(\/chat\/completions|\/embeddings)|(\/responses))$/
      .exec(pathname)
      ?.filter(Boolean) ?? [];
  return old === undefined ? null : `/v1${old}`;
}

const promptFilter = {
  id: "",
  object: "",
  created: 0,
  model: "",
  choices: [],
  prompt_filter_results: [{ prompt_index: 0, content_filter_results: { hate: { filtered: false, severity: "safe" } } }],
};

/** What the filter found in the prompt comes first. */
async function* withFilterResults(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const piece of body) {
    // A byte order mark is first or it is none.
    if (isFirst && piece[0] !== 0xef) yield Buffer.from(`data: ${JSON.stringify(promptFilter)}\n\n`);
    isFirst = false;
    yield piece;
  }
}

function refusal(status: number, code: string, message: string): FrontAnswer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ error: { code, message } }),
  };
}
