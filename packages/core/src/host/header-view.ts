import type { IncomingMessage } from "node:http";
import { RecordView } from "./record-view.ts";

// Of these Node keeps the first and drops the rest; whoever checks a credential must see that there were two.
const single = new Set(["authorization", "content-length", "content-type", "host", "user-agent"]);

/** The headers of one message to Node's server. */
export class HeaderView extends RecordView {
  readonly #message: IncomingMessage;
  /** Whether any name came twice. */
  readonly #hasRepeats: boolean;

  constructor(message: IncomingMessage) {
    const { headers, rawHeaders } = message;
    super(headers);
    this.#message = message;
    let names = 0;
    for (const name in headers) if (name !== "") names++;
    this.#hasRepeats = rawHeaders.length !== 2 * names;
  }

  override get(name: string): string | undefined {
    if (this.#hasRepeats && single.has(name) && this.has(name)) {
      return (this.#message.headersDistinct[name] ?? []).join(", ");
    }
    return super.get(name);
  }
}
