import type { Ports } from "../ports.ts";
import { assemblePorts, type HostOptions } from "./assembly.ts";
import { createFetchTransport } from "./fetch-transport.ts";
import { asResponse, fromRequest } from "./web-http.ts";
import type { Answering, AnsweringNode } from "./web-http.ts";

/** The effects of a runtime that speaks web standards: Bun, Deno, workerd, browsers. */
export function hostPorts(options: HostOptions = {}): Ports {
  const ports = assemblePorts(createFetchTransport(), options);
  warnOfProxy(ports);
  return ports;
}

/** Deno's fetch obeys these variables and has no way to say otherwise, so that the operator must at least know. */
function warnOfProxy({ env, logger }: Ports): void {
  if (!("Deno" in globalThis)) return;
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
  const found = names.filter((name) => env[name] !== undefined && env[name] !== "");
  if (found.length > 0) logger.warn("Deno sends every upstream call through the proxy of the environment.", { found });
}

/** Answers a web request with a web response. */
export async function answerWith(request: Request, answer: Answering): Promise<Response> {
  return asResponse(await answer(fromRequest(request)));
}

/** Here there are no objects of Node. */
export const answerNode: AnsweringNode | null = null;
