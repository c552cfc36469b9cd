import type { AnswerContext, JsonObject, Usage } from "@sluice/core";
import type { Preferences } from "./decode-request.ts";
import { encodeUsage } from "./usage.ts";

/** What a response says beside what it repeats of the request. */
export interface Told {
  status: "in_progress" | "completed" | "incomplete" | "failed";
  model: string;
  output: JsonObject[];
  usage: Usage | null;
  error?: JsonObject;
  incomplete_details?: JsonObject | null;
}

/** What a response says of itself; all else in it repeats the request, or is its vendor's own. */
export const ownMembers: ReadonlySet<string> = new Set([
  "id",
  "object",
  "created_at",
  "status",
  "error",
  "incomplete_details",
  "model",
  "previous_response_id",
  "store",
  "output",
  "usage",
]);

export function responseId({ requestId }: AnswerContext): string {
  return `resp_${requestId}`;
}

const defaults: JsonObject = {
  background: false,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  reasoning: { effort: null, summary: null },
  service_tier: "default",
  temperature: null,
  text: { format: { type: "text" } },
  tool_choice: "auto",
  tools: [],
  top_logprobs: 0,
  top_p: null,
  truncation: "disabled",
  user: null,
};

/** The response object: what the client asked for stands beside the answer. */
export function responseBody(context: AnswerContext, told: Told, rest: JsonObject = {}): JsonObject {
  const { echo } = context.request.origin.prefers as Partial<Preferences>;
  return {
    id: responseId(context),
    object: "response",
    created_at: context.created,
    status: told.status,
    error: told.error ?? null,
    incomplete_details: told.incomplete_details ?? null,
    ...defaults,
    ...echo,
    model: told.model,
    // What lies nowhere cannot be asked for again; who keeps it says so.
    store: false,
    ...rest,
    output: told.output,
    usage: told.usage === null ? null : encodeUsage(told.usage),
  };
}
