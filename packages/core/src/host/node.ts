import type { Ports } from "../ports.ts";
import { assemblePorts, type HostOptions } from "./assembly.ts";
import { createUndiciTransport } from "./undici-transport.ts";

/** The effects of Node. */
export function hostPorts(options: HostOptions = {}): Ports {
  return assemblePorts(createUndiciTransport(), options);
}
