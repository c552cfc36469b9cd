import type { OperationRequestBase, OperationResultBase } from "./operation.ts";

export interface TranscriptionRequest extends OperationRequestBase {
  operation: "transcription";
  /** In the words that were spoken, or in English. */
  action: "transcribe" | "translate";
  audio: { bytes: Uint8Array; mediaType: string; filename: string };
  /** ISO 639-1 of what is spoken, where the caller knows. */
  language?: string;
  /** Words that may occur, or what was said before. */
  prompt?: string;
  temperature?: number;
  /** How the client wants it written. */
  format: "json" | "text" | "srt" | "vtt" | "verbose_json" | "diarized_json";
  timestamps: ("word" | "segment")[];
}

/** Seconds from the beginning. */
export interface SpokenSpan {
  text: string;
  start: number;
  end: number;
  /** Who speaks, where the vendor tells speakers apart. */
  speaker?: string;
}

export interface TranscriptionResult extends OperationResultBase {
  text: string;
  /** As the vendor names it. */
  language: string | null;
  seconds: number | null;
  segments: SpokenSpan[];
  words: SpokenSpan[];
}

export type TranscriptionEvent =
  | { type: "text-delta"; text: string }
  | { type: "segment"; segment: SpokenSpan }
  | { type: "text"; text: string };
