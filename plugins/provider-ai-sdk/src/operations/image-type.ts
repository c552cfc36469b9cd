const beginnings: readonly (readonly [base64: string, mediaType: string])[] = [
  ["iVBORw", "image/png"],
  ["/9j/", "image/jpeg"],
  ["R0lGOD", "image/gif"],
  ["UklGR", "image/webp"],
  ["PHN2Zy", "image/svg+xml"],
];

/** The type of a picture in base64, by its first bytes; a picture that nobody knows is taken for a PNG. */
export function imageTypeOf(data: string): string {
  return beginnings.find(([beginning]) => data.startsWith(beginning))?.[1] ?? "image/png";
}
