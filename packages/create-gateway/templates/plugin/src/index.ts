import { defineErrors, definePlugin, type ChatRequest } from "@sluice/core";
import { z } from "zod";

export interface {{type}}Options {
  /** Characters of text that one request may hold. @default 100000 */
  maxCharacters?: number;
}

/** What this plugin refuses, with the code, the status and what to do now. */
const errors = defineErrors("{{code}}", {
  TOO_LONG: (characters: number, limit: number) => ({
    status: 413,
    message: `The request holds ${characters} characters; ${limit} are allowed.`,
    hint: "Shorten the messages, or raise maxCharacters.",
    param: "messages",
  }),
});

/** Refuses requests with more text than a model is meant for, and says on the receipt how much there was. */
export const {{id}} = definePlugin("{{id}}", (options: {{type}}Options) => ({
  // A field of a model in the config: typed as ctx.model.maxCharacters.
  model: { maxCharacters: z.number().int().positive().optional() },
  // A refusal from the table is a verdict. Anything else that is thrown means that the plugin broke.
  request(ctx) {
    if (ctx.request.operation !== "chat") return;
    const characters = countCharacters(ctx.request);
    const limit = ctx.model.maxCharacters ?? options.maxCharacters ?? 100_000;
    if (characters > limit) throw errors.TOO_LONG(characters, limit);
    ctx.report({ characters });
  },
}));

function countCharacters(request: ChatRequest): number {
  const texts = request.messages.flatMap(({ parts }) => parts.map((part) => (part.type === "text" ? part.text : "")));
  return texts.reduce((sum, text) => sum + text.length, 0);
}
