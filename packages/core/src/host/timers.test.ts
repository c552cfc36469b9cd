import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { hostTimers } from "./timers.ts";

describe("timers", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  test("call back once, and not when cancelled", () => {
    const rung: string[] = [];
    hostTimers.set(10, () => rung.push("kept"));
    hostTimers.set(10, () => rung.push("cancelled"))();
    vi.advanceTimersByTime(100);
    expect(rung).toEqual(["kept"]);
  });

  test("keep a delay longer than a runtime can, and can be cancelled at any point of it", () => {
    const month = 31 * 24 * 3_600_000;
    const rung: string[] = [];
    hostTimers.set(month, () => rung.push("kept"));
    const cancel = hostTimers.set(month, () => rung.push("cancelled"));
    vi.advanceTimersByTime(month - 1);
    expect(rung).toEqual([]);
    cancel();
    vi.advanceTimersByTime(1);
    expect(rung).toEqual(["kept"]);
  });
});
