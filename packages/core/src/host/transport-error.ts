import { TransportError } from "../ports.ts";
import type { TransportPhase } from "../ports.ts";

/**
 * What a runtime's `fetch` threw, as the error of a transport. `known` is the phase where the caller knows better.
 *
 * For transports, and for providers whose calls are made by somebody else's `fetch`.
 */
export function toTransportError(error: unknown, known?: TransportPhase): TransportError {
  if (error instanceof TransportError) return error;
  const phase = known ?? phaseOf(error);
  return new TransportError(phase, messages[phase], error);
}

const messages: Readonly<Record<TransportPhase, string>> = {
  connect: "No connection to the upstream.",
  "connect-timeout": "The connection took too long.",
  sent: "The connection was lost.",
  refused: "The call was refused.",
};

const dialCodes = new Set(
  "ECONNREFUSED ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH EADDRNOTAVAIL EPROTO ConnectionRefused FailedToOpenSocket".split(
    " ",
  ),
);
const certificateCodes = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|UNKNOWN_CERTIFICATE)/;
const denoDial = /client error \(Connect\)|error trying to connect|dns error/;

/** Whether it is certain that nothing was sent. Runtimes say so in different words; in doubt it was sent. */
function phaseOf(error: unknown): TransportPhase {
  for (let cause = error; typeof cause === "object" && cause !== null; cause = (cause as { cause?: unknown }).cause) {
    const { code, message } = cause as { code?: unknown; message?: unknown };
    if (code === "UND_ERR_CONNECT_TIMEOUT") return "connect-timeout";
    if (typeof code === "string" && (dialCodes.has(code) || certificateCodes.test(code))) return "connect";
    if (typeof message === "string" && denoDial.test(message)) return "connect";
  }
  return "sent";
}
