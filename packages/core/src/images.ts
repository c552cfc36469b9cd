import type { OperationRequestBase, OperationResultBase } from "./operation.ts";
import type { MediaSource } from "./request.ts";

/** A picture to start from. */
export interface GivenImage {
  source: MediaSource;
  /** As the caller named it. */
  filename?: string;
}

export interface ImagesRequest extends OperationRequestBase {
  operation: "images";
  /** Pictures from words, from words and pictures, or others like one picture. */
  action: "generate" | "edit" | "vary";
  /** Empty for `vary`. */
  prompt: string;
  /** What to start from; empty for `generate`. */
  images: GivenImage[];
  /** Where the first picture may change: its transparent parts. */
  mask?: GivenImage;
  /** @default 1 */
  count?: number;
  /** `1024x1024`, or `auto`. */
  size?: string;
  /** `16:9`, for vendors that know shapes and no sizes. */
  aspectRatio?: string;
  quality?: string;
  style?: string;
  background?: string;
  /** `png`, `jpeg`, `webp`. */
  outputFormat?: string;
  /** Percent. */
  compression?: number;
  seed?: number;
  /** How the client wants its pictures: as addresses, or inline. @default what the vendor gives */
  form?: "url" | "inline";
  /** How many drafts are wanted of a streamed picture. */
  drafts?: number;
}

export interface MadeImage {
  source: Extract<MediaSource, { kind: "url" | "data" }>;
  /** What the vendor made of the prompt. */
  revisedPrompt?: string;
}

export interface ImagesResult extends OperationResultBase {
  /** Unix seconds, as the upstream gave it. */
  created: number | null;
  images: MadeImage[];
  size?: string;
  quality?: string;
  background?: string;
  outputFormat?: string;
}

/** A streamed picture: drafts of it, then itself. */
export type ImageEvent =
  | { type: "draft"; index: number; image: MadeImage }
  | {
      type: "image";
      image: MadeImage;
      details: Pick<ImagesResult, "size" | "quality" | "background" | "outputFormat">;
    };
