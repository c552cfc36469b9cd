/** The part of `process` that Node, Bun and Deno share. */
interface Process {
  on(event: "unhandledRejection" | "uncaughtException", handler: (error: unknown) => void): unknown;
}

/**
 * Reports errors that nobody caught, and goes on: no request may end the process for the others.
 *
 * What belongs to a request is caught at its boundary; this is for what a plugin left behind it, such as a promise that
 * was not waited for.
 */
export function reportStrays(report: (text: string) => void): void {
  const host = (globalThis as unknown as { process: Process }).process;
  const handle = (error: unknown) => report(`Nobody caught this error; the gateway goes on: ${textOf(error)}`);
  host.on("unhandledRejection", handle);
  host.on("uncaughtException", handle);
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
