import type { Ports } from "../ports.ts";
import { assemblePorts, type HostOptions } from "./assembly.ts";
import { createFetchTransport } from "./fetch-transport.ts";

/** The effects of a runtime that speaks web standards: Bun, Deno, workerd, browsers. */
export function hostPorts(options: HostOptions = {}): Ports {
  return assemblePorts(createFetchTransport(), options);
}
