/** The part of `process` that Node, Bun and Deno share. */
interface Process {
  on(signal: string, handler: () => void): unknown;
  exit(code: number): never;
}

export interface Drainable {
  /** Readiness off at once, nothing new accepted; resolves when the last running answer has ended. */
  gateway: { close(options: { graceMs: number }): Promise<void> };
  server: { close(force?: boolean): Promise<void> };
}

export const graceMs = 30_000;
/** After the gateway is done: for the last bytes to leave sockets that are still open. */
const socketsMs = 1000;

/** Drains on the first SIGTERM or SIGINT and ends the process with 0; a second signal ends it at once. */
export function drainOnSignal(
  running: Drainable,
  report: (text: string) => void = () => {},
  grace: number = graceMs,
): void {
  const host = (globalThis as unknown as { process: Process }).process;
  let draining = false;
  for (const [signal, number] of [
    ["SIGTERM", 15],
    ["SIGINT", 2],
  ] as const) {
    host.on(signal, () => {
      if (draining) host.exit(128 + number);
      draining = true;
      report(`${signal}: draining; running answers have ${grace / 1000} s, a second signal ends them now.`);
      void drain(running, grace).then(
        () => host.exit(0),
        () => host.exit(1),
      );
    });
  }
}

export async function drain({ gateway, server }: Drainable, grace: number): Promise<void> {
  await gateway.close({ graceMs: grace });
  const timer = setTimeout(() => void server.close(true), socketsMs);
  await server.close();
  clearTimeout(timer);
}
