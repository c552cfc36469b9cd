import type { OperationRequestBase, OperationResultBase } from "./operation.ts";

export interface SpeechRequest extends OperationRequestBase {
  operation: "speech";
  /** What is to be said. */
  text: string;
  /** The voice, by the name that the caller's vendor gave it. */
  voice?: string;
  /** `mp3`, `opus`, `aac`, `flac`, `wav`, `pcm`. @default the vendor's own */
  format?: string;
  /** 1 is the usual one. */
  speed?: number;
  /** How it is to be said. */
  instructions?: string;
  /** ISO 639-1, where the caller says it. */
  language?: string;
}

export interface SpeechResult extends OperationResultBase {
  mediaType: string;
  bytes: Uint8Array;
}

/** More of the sound. */
export type SpeechEvent = { type: "audio"; bytes: Uint8Array; mediaType: string };
