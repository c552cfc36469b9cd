import type { Ports } from "../ports.ts";

/** The process environment, or nothing where there is none: an edge runtime hands its bindings to `fetch`. */
export function hostEnv(): Ports["env"] {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env ?? {};
}
