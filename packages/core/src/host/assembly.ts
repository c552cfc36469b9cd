import type { Ports, Transport } from "../ports.ts";
import { hostClock } from "./clock.ts";
import { hostEnv } from "./env.ts";
import { createIds } from "./ids.ts";
import { createConsoleLogger, type LogLevel } from "./logger.ts";
import { hostTimers } from "./timers.ts";

export interface HostOptions {
  /** @default "info" */
  logLevel?: LogLevel;
}

/** The ports of a runtime, given how it carries calls. Called when a gateway opens: some runtimes forbid effects at import. */
export function assemblePorts(transport: Transport, { logLevel }: HostOptions): Ports {
  const random = () => Math.random();
  return {
    clock: hostClock,
    random,
    id: createIds(() => hostClock.now(), random),
    timers: hostTimers,
    transport,
    logger: createConsoleLogger(logLevel === undefined ? {} : { level: logLevel }),
    env: hostEnv(),
  };
}
