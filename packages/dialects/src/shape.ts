/** What a size such as `1280x720` says; null for `auto` and all that is none. */
export interface Shape {
  width: number;
  height: number;
  /** `16:9` */
  aspectRatio: string;
}

export function shapeIn(size: string | undefined): Shape | null {
  const [, width = "", height = ""] = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(size ?? "") ?? [];
  if (width === "") return null;
  const [wide, high] = [Number(width), Number(height)];
  const divisor = greatestDivisor(wide, high);
  return { width: wide, height: high, aspectRatio: `${wide / divisor}:${high / divisor}` };
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
