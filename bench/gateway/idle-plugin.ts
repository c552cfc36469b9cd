import { definePlugin } from "@sluice/core";

/** Takes part in every stage and does nothing there. */
export const idlePlugin = (number: number) =>
  definePlugin(`idle${number}`, () => ({
    admit: () => undefined,
    request: () => undefined,
    route: (plan) => plan,
    respond: (_ctx, next) => next(),
    attempt: (_ctx, _attempt, next) => next(),
    stream: (events) => events,
    settle: () => undefined,
  }))();
