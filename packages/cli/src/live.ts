import { openGateway, type Opened } from "./opened.ts";
import type { Project } from "./config.ts";
import type { Site } from "./runtime/_departure.ts";
import type { Terminal } from "./terminal.ts";

/** A gateway that is replaced while it serves. Each request sees one of them from its first byte to its last. */
export interface LiveGateway extends Site {
  current(): Opened;
  /** When the serving config was read. */
  since(): Date;
  /** Reads the project again and swaps. Rejects, and changes nothing, when the new config is no good. */
  reload(): Promise<Opened>;
  close(options: { graceMs: number }): Promise<void>;
}

/** Streams on a replaced gateway may go on this long; it is closed when the last one ends. */
const replacedGraceMs = 15 * 60_000;

export async function openLive(
  project: Project,
  terminal: Terminal,
  onOpen: (opened: Opened) => void,
): Promise<LiveGateway> {
  let opened = await open();
  let since = new Date();
  let turn: Promise<unknown> = Promise.resolve();

  return {
    current: () => opened,
    since: () => since,
    fetch: (request) => opened.gateway.fetch(request),
    // Whether there is one is a matter of the runtime, and the same for every gateway.
    handle:
      opened.gateway.handle && ((request, response) => opened.gateway.handle?.(request, response) ?? Promise.resolve()),
    reload: inTurn(swap),
    close: (options) => opened.gateway.close(options),
  };

  async function open(): Promise<Opened> {
    const next = await openGateway(project, terminal);
    onOpen(next);
    return next;
  }

  async function swap(): Promise<Opened> {
    const next = await open();
    const replaced = opened;
    opened = next;
    since = new Date();
    // Not waited for: it closes when its last answer has ended.
    replaced.gateway.close({ graceMs: replacedGraceMs }).catch((error: unknown) => {
      terminal.logger.warn("the replaced gateway did not close cleanly", { error });
    });
    return next;
  }

  /** One reload after another, so that the last edit wins. */
  function inTurn<Result>(work: () => Promise<Result>): () => Promise<Result> {
    return () => {
      const result = turn.then(work, work);
      turn = result.catch(() => {});
      return result;
    };
  }
}
