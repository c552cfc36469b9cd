import { AttemptError, errors, usageWith } from "@sluice/core";
import type { GivenImage, ImagesRequest, ImagesResult, JsonObject, MadeImage, Usage, Warning } from "@sluice/core";
import { droppedFields } from "../losses.ts";
import { toDataUrl } from "../media.ts";
import { defined } from "../members.ts";
import { shapeIn } from "../shape.ts";

/** What a client of OpenAI's can wish for, by the names of its fields. */
const wishes = {
  user: "user",
  quality: "quality",
  style: "style",
  background: "background",
  outputFormat: "output_format",
  compression: "output_compression",
  drafts: "partial_images",
  seed: "seed",
} as const satisfies Partial<Record<keyof ImagesRequest, string>>;

/** A warning for each wish that a vendor has no word for; `said` are those that it has. */
export function lostWishes(request: ImagesRequest, said: readonly (keyof typeof wishes)[] = []): Warning[] {
  const lost = Object.entries(wishes).filter(([name]) => !said.includes(name as keyof typeof wishes));
  const fields = lost.map(([name, field]) => [field, request[name as keyof typeof wishes]]);
  return droppedFields(defined(Object.fromEntries(fields)) as JsonObject);
}

/** Shape alone, for vendors that know no sizes. */
export function aspectOf({ size, aspectRatio }: ImagesRequest): string | undefined {
  return aspectRatio ?? shapeIn(size)?.aspectRatio;
}

/** Pictures of Google's come in steps of a thousand. */
export function stepOf({ size }: ImagesRequest): "1K" | "2K" | "4K" | undefined {
  const shape = shapeIn(size);
  if (shape === null) return undefined;
  const longest = Math.max(shape.width, shape.height);
  return longest > 3_000 ? "4K" : longest > 1_800 ? "2K" : "1K";
}

/** Several vendors make one picture a call: as many calls as there are to be pictures, one after the other. */
export const oneByOne = {
  split(request: ImagesRequest): readonly ImagesRequest[] {
    const { count = 1 } = request;
    return Array.from({ length: count }, () => ({ ...request, count: 1 }));
  },
  merge(results: readonly ImagesResult[]): ImagesResult {
    const [first] = results as readonly [ImagesResult];
    const images = results.flatMap((result) => result.images);
    return { ...first, images, usage: results.map(({ usage }) => usage).reduce(added) };
  },
};

function added(a: Usage, b: Usage): Usage {
  const sum = (x: number | null | undefined, y: number | null | undefined) =>
    x === null && y === null ? null : (x ?? 0) + (y ?? 0);
  const { variant } = a.details ?? {};
  return usageWith({
    inputTokens: sum(a.inputTokens, b.inputTokens),
    outputTokens: sum(a.outputTokens, b.outputTokens),
    details: {
      images: (a.details?.images ?? 0) + (b.details?.images ?? 0),
      ...(variant === undefined ? {} : { variant }),
      ...imageTokens((a.details?.imageOutputTokens ?? 0) + (b.details?.imageOutputTokens ?? 0)),
    },
  });
}

export function imageTokens(tokens: number): { imageOutputTokens?: number } {
  return tokens > 0 ? { imageOutputTokens: tokens } : {};
}

/** Pictures that were made, with what their price depends on. */
export function madeResult(
  images: MadeImage[],
  { size, quality }: Pick<ImagesRequest, "size" | "quality">,
): ImagesResult {
  const variant = [size ?? "auto", quality ?? "auto"].join("/");
  return {
    model: null,
    created: null,
    images,
    usage: usageWith({ details: { images: images.length, variant } }),
    warnings: [],
  };
}

/** Thrown where a vendor shows nothing of what it made, or would have. */
export function filtered(message: string): AttemptError {
  return new AttemptError({ class: "invalid", kind: "content_policy", status: 400, message });
}

/** A picture as an address that holds it, or that its vendor fetches. */
export function addressOf({ source }: GivenImage, model: string): string {
  if (source.kind === "file") throw errors.REQUEST_UNSUPPORTED("image", model, "Send the picture itself.");
  return source.kind === "url" ? source.url : toDataUrl(source);
}

/** The picture itself. */
export function inlineOf({ source }: GivenImage, model: string): { mediaType: string; data: string } {
  if (source.kind === "data") return source;
  throw errors.REQUEST_UNSUPPORTED("image", model, "Send the picture itself: this gateway fetches no addresses.");
}

/** What a vendor that only makes pictures from words can do. */
export function assertGenerates({ action, mask }: ImagesRequest, model: string, isEditor = false): void {
  if (action === "vary" || (action === "edit" && !isEditor)) {
    throw errors.REQUEST_UNSUPPORTED("image", model, "This vendor has no such call: ask /v1/images/generations.");
  }
  if (mask !== undefined) throw errors.REQUEST_UNSUPPORTED("mask", model);
}
