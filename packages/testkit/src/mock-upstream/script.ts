import { faultOf } from "./faults.ts";
import type { Fault, Step } from "./faults.ts";

/** Which requests a script is for. Without a model: all that no script of their model takes. */
export interface ScriptOptions {
  model?: string;
  /** Begins anew when it has run out, e.g. a flapping upstream. @default false */
  repeat?: boolean;
}

interface Queue {
  steps: readonly Step[];
  next: number;
  repeat: boolean;
}

/** What is to go wrong with the requests to come, in order. One per upstream. */
export class Script {
  readonly #queues = new Map<string | null, Queue[]>();

  /** Adds steps behind those already there. Throws for a step that is none. */
  add(steps: readonly Step[], { model, repeat = false }: ScriptOptions = {}): void {
    for (const step of steps) faultOf(step);
    const key = model ?? null;
    this.#queues.set(key, [...(this.#queues.get(key) ?? []), { steps, next: 0, repeat }]);
  }

  clear(): void {
    this.#queues.clear();
  }

  /**
   * Takes the step for a request: from the header `x-mock-fault`, from the model's name (`gpt-5.1!reset:2`), from a
   * script of that model, or from the script for all.
   */
  take(model: string, header: string | undefined): Fault | null {
    if (header !== undefined) return faultOf(stepIn(header));
    const [, named] = model.split("!");
    if (named !== undefined) return faultOf(named as Step);
    return this.#shift(model) ?? this.#shift(null) ?? null;
  }

  #shift(key: string | null): Fault | null | undefined {
    const queue = this.#queues.get(key)?.find(({ next, steps }) => next < steps.length);
    const step = queue?.steps[queue.next];
    if (queue === undefined || step === undefined) return undefined;
    queue.next = queue.repeat ? (queue.next + 1) % queue.steps.length : queue.next + 1;
    return faultOf(step);
  }
}

function stepIn(header: string): Step {
  return header.startsWith("{") ? (JSON.parse(header) as Fault) : (header as Step);
}
