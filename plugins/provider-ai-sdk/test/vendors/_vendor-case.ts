import type { JsonObject } from "@sluice/core";
import type { AiSdkProvider } from "../../src/index.ts";
import type { Answer } from "../_vendor.ts";

/** `cut`: a body that ends cleanly without the vendor's own end. `hang`: the same, and the body never ends. */
export type Ending = "end" | "cut" | "hang";

/** A package and its vendor's wire: "Hi there" as text, and a call of `get_weather` for Oslo with the id `callId`. */
export interface VendorCase {
  name: string;
  create: (url: string) => AiSdkProvider;
  model: string;
  /** `provider_options` of every request. */
  options?: JsonObject;
  whole: Answer;
  /** Two deltas of text; without its end when it is cut. */
  streamed: (ending: Ending) => Answer;
  calling: Answer;
  callId: string;
  /** What the vendor must find in the request that brings the result "Rain": the assistant's turn and the tool's. */
  secondTurn: JsonObject;
  /** Tokens of the input and the output of `whole`. */
  usage: [input: number, output: number];
}

/** What becomes of the body. */
export function bodyEnd(ending: Ending): "end" | "hang" {
  return ending === "hang" ? "hang" : "end";
}

/** The pieces of a stream that is cut: those before its end. */
export function upTo<Piece>(pieces: readonly Piece[], ending: Ending, missing: number): readonly Piece[] {
  return ending === "end" ? pieces : pieces.slice(0, pieces.length - missing);
}
