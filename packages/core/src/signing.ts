import { AttemptError } from "./failure.ts";
import { copyRequest, Credential, formsOf, TransportError } from "./ports.ts";
import type { Ports, Transport, TransportRequest } from "./ports.ts";
import { bytesOf } from "./splice.ts";

/** What a signature can be made over: the call as it will be sent, but for what the transport itself adds. */
export type SigningCall = Pick<TransportRequest, "method" | "url" | "headers"> & { body: Uint8Array | null };

export type SignedHeaders = Readonly<Record<string, string>>;

/** Makes the credential of each call of one channel anew: a signature, or a token that expires. */
export interface Signer {
  /** The headers that prove this call. What goes wrong must name no secret. */
  sign(call: SigningCall): SignedHeaders | Promise<SignedHeaders>;
  /** Every secret that it holds now, for redaction. */
  secrets(): readonly string[];
  /** The upstream answered 401: whatever is cached is not to be used again. */
  forget?(): void;
}

/** What a signer is opened with. No network is used until the first call. */
export interface SignerHost {
  /** The channel's id. */
  id: string;
  /** The channel's key, or null where the provider needs none. */
  key: string | null;
  /** The variable that held the key, `config`, or null without a key. */
  keyFrom: string | null;
  /** The channel's outbound proxy: what is asked on the way to a signature goes the same way. */
  proxy: string | null;
  ports: Pick<Ports, "clock" | "timers" | "transport" | "env">;
}

/** A handle on a signer. It opens nothing itself: `sign` gives the credential of one call. */
export class SigningCredential extends Credential {
  readonly #signer: Signer;

  constructor(name: string, origins: readonly string[], signer: Signer) {
    super(name, origins, {});
    this.#signer = signer;
  }

  /** The credential for one call, bound to the same origins. For another origin nothing is signed. */
  async sign(call: SigningCall): Promise<Credential> {
    super.headersFor(call.url);
    return new Credential(this.name, this.origins, await this.#signer.sign(call));
  }

  forget(): void {
    this.#signer.forget?.();
  }

  override headersFor(url: string): Readonly<Record<string, string>> {
    super.headersFor(url);
    throw new TransportError("refused", `The credential ${this.name} signs each call and was not asked to.`);
  }

  override secrets(): string[] {
    // Nothing is found everywhere.
    return this.#signer
      .secrets()
      .filter((secret) => secret !== "")
      .flatMap(formsOf);
  }
}

/**
 * A signer of bearer tokens. `token` is asked at each call; `secrets` are what it is made of, `forget` what a 401 throws away.
 */
export function createBearerSigner(
  token: string | (() => string | Promise<string>),
  { secrets = [], forget = () => {} }: { secrets?: readonly string[]; forget?: () => void } = {},
): Signer {
  let last = typeof token === "string" ? token : "";
  return {
    async sign() {
      if (typeof token !== "string") last = await token();
      return { authorization: `Bearer ${last}` };
    },
    secrets: () => [...secrets, last],
    forget,
  };
}

/** A transport that signs calls as its last step before the network; calls with another credential pass as they are. */
export function createSigningTransport(transport: Transport): Transport {
  return {
    async send(request) {
      const { credential } = request;
      if (!(credential instanceof SigningCredential)) return transport.send(request);
      const signed = await untilAbort(signedBy(credential, request), request.signal);
      const response = await transport.send(copyRequest(request, { credential: signed }));
      if (response.status === 401) credential.forget();
      return response;
    },
    close: () => transport.close(),
  };
}

/** A call that cannot be signed was never made: another channel may still answer. */
async function signedBy(credential: SigningCredential, request: TransportRequest): Promise<Credential> {
  try {
    const { method, url, headers, body } = request;
    return await credential.sign({ method, url, headers, body: body === null ? null : bytesOf(body) });
  } catch (cause) {
    if (cause instanceof AttemptError || cause instanceof TransportError) throw cause;
    const message = `no credential could be made for ${credential.name}`;
    throw new AttemptError({ class: "credential", message, cause });
  }
}

/** One caller may leave while others wait for the same token. */
function untilAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(new TransportError("connect", "The call was cancelled.", signal.reason));
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave);
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
