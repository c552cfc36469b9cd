import type { Lifetime } from "./deadline.ts";
import { AttemptError } from "./failure.ts";
import type { Failure } from "./failure.ts";
import type { CallNotes } from "./upstream-call.ts";
import { afterContent, failureOf } from "./upstream-failure.ts";

/** A batch of an answer, of whatever operation: its last event says whether more follows. */
type Batch<Event> = readonly { readonly events: readonly Event[] }[];

type Ending = { type: string } & Partial<{ failure: Failure }>;

/** The event that a batch ends with. */
export function lastOf<Event>(batch: Batch<Event>): Event | undefined {
  return batch.at(-1)?.events.at(-1);
}

/** Whether nothing follows a batch. */
export function ends(batch: Batch<{ type: string }>): boolean {
  return isLast(lastOf(batch));
}

/** Whether nothing follows an event. */
export function isLast(event: { type: string } | undefined): boolean {
  return event?.type === "end" || event?.type === "error";
}

/**
 * The committed part of a streamed answer, then the rest. Whatever breaks becomes the last event, as `failed` makes it; whoever
 * stops reading cancels the call.
 */
export async function* follow<Frame extends { readonly events: readonly Ending[] }>(
  head: Frame[],
  rest: AsyncGenerator<Frame[]>,
  { life, notes }: { life: Lifetime; notes: CallNotes },
  failed: (failure: Failure) => Frame,
): AsyncGenerator<Frame[]> {
  let failure: Failure | null = { class: "abort", message: "the reader stopped" };
  // Known before the last event is handed on: whoever reads an end or an error need not read further.
  const passed = (batch: Frame[]): Frame[] => {
    const last = lastOf(batch);
    if (last?.type === "end") failure = null;
    if (last?.type === "error") failure = last.failure ?? cut;
    return batch;
  };
  try {
    let last = head;
    yield passed(head);
    while (!ends(last)) {
      const { done, value } = await rest.next();
      last = done ? [failed(cut)] : value;
      yield passed(last);
    }
  } catch (thrown) {
    failure = afterContent(failureOf(thrown, life, null));
    yield [failed(failure)];
  } finally {
    if (failure) life.abort(new AttemptError(failure));
    life.end();
    notes.onEnd(failure);
    await rest.return(undefined).catch(() => {});
  }
}

const cut: Failure = { class: "truncated", message: "the stream ended without its terminator" };
