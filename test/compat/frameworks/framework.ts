import { z } from "zod";

/** One way of a framework to a gateway, with as much of the framework's own machinery as it has for the purpose. */
export interface Framework {
  /** The framework and the class that an application makes, e.g. `LangChain ChatOpenAI`. */
  name: string;
  text: (place: Place, question: string) => Promise<string>;
  /** The pieces in which the text came. */
  stream: (place: Place, question: string) => Promise<string[]>;
  /** Offers the weather tool, runs what is called, and gives back the last words. */
  tools: (place: Place, question: string, isStreamed: boolean) => Promise<string>;
  /** Where the framework itself cannot run tools from a stream of this wire. @default true */
  streamsTools?: boolean;
  /** The same with a model that thinks, whose state is the framework's to bring back. */
  thinking?: (place: Place, question: string, isStreamed: boolean) => Promise<string>;
  /** Asks for a `person`. Left out where the framework has no such thing for this wire. */
  object?: (place: Place, question: string) => Promise<unknown>;
  embed?: (place: Place, texts: string[]) => Promise<number[][]>;
}

export interface Place {
  /** The gateway, without a path. */
  url: string;
  model: string;
}

export const person = z.object({ name: z.string(), age: z.number().int() });
export const cityInput = z.object({ city: z.string().describe("The city") });

export const weather = { name: "get_weather", description: "The weather of a city" } as const;
export const weatherIn = ({ city }: { city: string }) => `sunny in ${city}`;
