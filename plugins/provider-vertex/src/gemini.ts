import type { Dialect, UpstreamDialect } from "@sluice/core";
import { gemini } from "@sluice/dialects";

const own = gemini.upstream as UpstreamDialect;

/** Gemini below its publisher. A model of another publisher is asked for as `publishers/<name>/models/<model>`. */
export const geminiOnVertex: Dialect = {
  ...gemini,
  upstream: { ...own, path: (target, stream) => belowGoogle(own.path(target, stream)) },
};

export function belowGoogle(path: string): string {
  return path.startsWith("/models/") ? `/publishers/google${path}` : path;
}
