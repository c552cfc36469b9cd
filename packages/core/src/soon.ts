/** What is there at once or comes later. Most of it is there, and waits for no turn of the event loop. */
export type Soon<T> = T | Promise<T>;

/** Whether it comes later. Also for what plugins return: any thenable is a promise to them. */
export function isLater<T>(soon: Soon<T>): soon is Promise<T> {
  return typeof (soon as { then?: unknown } | null | undefined)?.then === "function";
}

/** What `make` makes of it: at once where it is there. */
export function after<T, R>(soon: Soon<T>, make: (value: T) => R): Soon<R> {
  return isLater(soon) ? Promise.resolve(soon).then(make) : make(soon);
}
