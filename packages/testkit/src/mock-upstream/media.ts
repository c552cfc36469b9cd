import type { Medium } from "./prompt.ts";

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The size of base64 data, or null when it is none. */
export function base64Bytes(data: unknown): number | null {
  if (typeof data !== "string" || data.length % 4 !== 0 || !base64.test(data)) return null;
  return Buffer.from(data, "base64").length;
}

/** A `data:` URL or a web address as the model sees it; null when it is neither. */
export function mediumAt(url: unknown): Medium | null {
  if (typeof url !== "string") return null;
  if (/^https?:\/\/./.test(url)) return { mediaType: null, bytes: null, url };
  const [, mediaType = "", data = ""] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? [];
  const bytes = base64Bytes(data);
  return mediaType === "" || bytes === null ? null : { mediaType, bytes, url: null };
}
