import type { VideosRequest } from "@sluice/core";
import { shapeIn } from "../shape.ts";

/** Shape and fineness, for vendors that know no sizes. */
export interface VideoShape {
  /** `16:9` */
  aspectRatio?: string;
  /** `720p` */
  resolution?: string;
}

/** What a request says of the picture, a size being both. */
export function shapeOf({ size, aspectRatio, resolution }: VideosRequest): VideoShape {
  const shape = shapeIn(size);
  const lines = shape && Math.min(shape.width, shape.height);
  return {
    ...(shape && { aspectRatio: shape.aspectRatio, resolution: lines === 2160 ? "4k" : `${lines}p` }),
    ...(aspectRatio === undefined ? {} : { aspectRatio }),
    ...(resolution === undefined ? {} : { resolution }),
  };
}
