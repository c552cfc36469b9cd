import createInstructor from "@instructor-ai/instructor";
import OpenAI from "openai";
import { person, type Place } from "./framework.ts";

/** The ways in which Instructor asks for a document. */
export const modes = ["TOOLS", "FUNCTIONS", "JSON", "MD_JSON", "JSON_SCHEMA"] as const;

/** A `person`, read and checked by Instructor, whole or from a stream. */
export async function documentOf(
  { url, model }: Place,
  mode: (typeof modes)[number],
  question: string,
  isStreamed: boolean,
): Promise<unknown> {
  const client = new OpenAI({ apiKey: "sk-any", baseURL: `${url}/v1`, maxRetries: 0 });
  const instructor = createInstructor({ client, mode });
  const asked = {
    model,
    messages: [{ role: "user" as const, content: question }],
    response_model: { schema: person, name: "Person" },
    max_retries: 0,
  };
  if (!isStreamed) return instructor.chat.completions.create(asked);
  const parts = (await instructor.chat.completions.create({ ...asked, stream: true })) as AsyncIterable<unknown>;
  return (await Array.fromAsync(parts)).at(-1);
}
