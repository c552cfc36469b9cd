import type { Exchange } from "./exchange.ts";
import type { Fault } from "./faults.ts";
import type { Ending, RecordedRequest } from "./recorded-request.ts";

/** Every request of one upstream, in order of arrival. */
export class Journal {
  readonly requests: RecordedRequest[] = [];
  readonly #endings = new WeakMap<RecordedRequest, (ending: Ending) => void>();
  readonly #waiting: ((request: RecordedRequest) => void)[] = [];
  readonly #born = performance.now();
  #asked = 0;

  /** Records a request that has arrived. */
  open({ call, json, vendor, model }: Exchange, url: string, fault: Fault | null): RecordedRequest {
    const { promise: ended, resolve } = Promise.withResolvers<Ending>();
    const { query: _query, ...arrived } = call;
    const request: RecordedRequest = {
      ...arrived,
      index: this.requests.length,
      url,
      json,
      dialect: vendor?.dialect ?? null,
      model,
      fault,
      at: this.#now(),
      reply: null,
      status: null,
      eventsSent: 0,
      aborted: false,
      abortedAt: null,
      ended,
    };
    this.requests.push(request);
    this.#endings.set(request, resolve);
    this.#waiting.shift()?.(request);
    return request;
  }

  /** Records that nothing more will be sent. */
  close(request: RecordedRequest, ending: Ending): void {
    if (ending === "aborted") {
      request.aborted = true;
      request.abortedAt = this.#now();
    }
    this.#endings.get(request)?.(ending);
  }

  /** The next request that was not asked for yet, now or when it arrives. */
  next(): Promise<RecordedRequest> {
    const request = this.requests[this.#asked++];
    return request === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(request);
  }

  clear(): void {
    this.requests.length = 0;
    this.#asked = 0;
  }

  #now(): number {
    return performance.now() - this.#born;
  }
}
