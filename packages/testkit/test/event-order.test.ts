import type { StreamEvent } from "@sluice/core";
import { expect, test } from "vitest";
import { orderProblem } from "../src/index.ts";

const start: StreamEvent = { type: "start", id: null, model: null, created: null };
const text: StreamEvent = { type: "text-delta", choice: 0, text: "a" };
const finish: StreamEvent = { type: "finish", choice: 0, reason: "stop" };
const end: StreamEvent = { type: "end" };
const error: StreamEvent = { type: "error", failure: { class: "truncated", message: "cut" } };
const open = (index: number): StreamEvent => ({ type: "tool-start", choice: 0, index, id: `c${index}`, name: "f" });
const close = (index: number): StreamEvent => ({ type: "tool-end", choice: 0, index });

test.each<[string, StreamEvent[]]>([
  ["an answer", [start, text, finish, end]],
  ["calls in a row", [start, open(0), close(0), open(1), close(1), finish, end]],
  ["a cut answer", [start, text, error]],
  ["an error at once", [error]],
])("%s keeps the order", (_name, events) => {
  expect(orderProblem(events)).toBeNull();
});

test.each<[string, StreamEvent[]]>([
  ["0 events end the stream", [start, text, finish]],
  ["2 events end the stream", [start, finish, end, error]],
  ["text-delta follows end", [start, finish, end, text]],
  ["start comes twice", [start, start, finish, end]],
  ["text-delta comes before start", [text, start, finish, end]],
  ["comes after the finish of choice 0", [start, finish, text, end]],
  ["a tool call starts inside another", [start, open(0), open(1), close(0), finish, end]],
  ["tool call 1 is out of order", [start, open(1), close(1), finish, end]],
  ["tool-end belongs to no open call", [start, close(0), finish, end]],
  ["a choice finishes with an open tool call", [start, open(0), finish, end]],
  ["the stream ends and a choice has no finish", [start, text, end]],
])("%s", (problem, events) => {
  expect(orderProblem(events)).toContain(problem);
});
