import type { Lifetime } from "./deadline.ts";
import type { TransportRequest } from "./ports.ts";

type Told = Pick<TransportRequest, "method" | "url" | "headers" | "body" | "credential" | "connectTimeoutMs">;

/** One call as a transport is given it, which ends with its lifetime. A class, so that its accessor costs nothing: see `Attempt`. */
export class TransportCall implements TransportRequest {
  readonly method: TransportRequest["method"];
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: TransportRequest["body"];
  readonly credential: TransportRequest["credential"];
  readonly connectTimeoutMs: number;
  declare readonly proxy?: string;
  declare readonly isForeign?: true;
  readonly #life: Lifetime;

  constructor(life: Lifetime, told: Told & { proxy?: string | undefined; isForeign?: true }) {
    this.method = told.method;
    this.url = told.url;
    this.headers = told.headers;
    this.body = told.body;
    this.credential = told.credential;
    this.connectTimeoutMs = told.connectTimeoutMs;
    if (told.proxy !== undefined) this.proxy = told.proxy;
    if (told.isForeign !== undefined) this.isForeign = told.isForeign;
    this.#life = life;
  }

  get signal(): AbortSignal {
    return this.#life.signal;
  }

  onAbort(callback: (reason: unknown) => void): () => void {
    return this.#life.onAbort(callback);
  }
}
