import type { VideosRequest } from "@sluice/core";

/** Shape and fineness, for vendors that know no sizes. */
export interface VideoShape {
  /** `16:9` */
  aspectRatio?: string;
  /** `720p` */
  resolution?: string;
}

/** What a request says of the picture, a size being both. */
export function shapeOf({ size, aspectRatio, resolution }: VideosRequest): VideoShape {
  const [, width = "", height = ""] = /^(\d+)x(\d+)$/.exec(size ?? "") ?? [];
  const known = width === "" ? {} : fromSize(Number(width), Number(height));
  return { ...known, ...(aspectRatio === undefined ? {} : { aspectRatio }), ...(resolution ? { resolution } : {}) };
}

function fromSize(width: number, height: number): VideoShape {
  const divisor = greatestDivisor(width, height);
  const lines = Math.min(width, height);
  return { aspectRatio: `${width / divisor}:${height / divisor}`, resolution: lines === 2160 ? "4k" : `${lines}p` };
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? Math.max(a, 1) : greatestDivisor(b, a % b);
}
