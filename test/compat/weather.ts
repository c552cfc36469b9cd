import type { Call, Result } from "./clients.ts";

/** The tool that all clients offer. */
export const weather = {
  name: "get_weather",
  description: "The weather of a city",
  parameters: {
    type: "object",
    properties: { city: { type: "string", description: "The city" } },
    required: ["city"],
    additionalProperties: false,
  },
} as const;

export function sunny(call: Call): Result {
  return { text: `sunny in ${(call.arguments as { city: string }).city}` };
}
