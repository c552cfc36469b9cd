import type { StreamEvent } from "@sluice/core";

/** Checks one rule of the order of events. Returns what is wrong, or null. */
type Rule = (events: readonly StreamEvent[]) => string | null;

/** What breaks the order that `StreamEvent` promises, or null for a stream that keeps it. */
export function orderProblem(events: readonly StreamEvent[]): string | null {
  for (const rule of rules) {
    const problem = rule(events);
    if (problem !== null) return problem;
  }
  return null;
}

const oneEnd: Rule = (events) => {
  const ends = events.filter((event) => event.type === "end" || event.type === "error");
  if (ends.length !== 1) return `${ends.length} events end the stream: ${ends.map((event) => event.type).join(", ")}`;
  return events.at(-1) === ends[0] ? null : `${events.at(-1)?.type} follows ${ends[0]?.type}`;
};

const startFirst: Rule = (events) => {
  const starts = events.flatMap((event, at) => (event.type === "start" ? [at] : []));
  if (starts.length > 1) return "start comes twice";
  const before = events.slice(0, starts[0] ?? 0).find(({ type }) => type !== "warning" && type !== "rest");
  return before === undefined ? null : `${before.type} comes before start`;
};

const oneFinish: Rule = (events) => {
  const finished = new Set<number>();
  for (const event of events) {
    if (!("choice" in event) || event.type === "rest") continue;
    if (finished.has(event.choice)) return `${event.type} comes after the finish of choice ${event.choice}`;
    if (event.type === "finish") finished.add(event.choice);
  }
  return null;
};

const callsInOrder: Rule = (events) => {
  const next = new Map<number, number>();
  const open = new Map<number, number>();
  for (const event of events) {
    if (event.type === "tool-start") {
      if (open.has(event.choice)) return "a tool call starts inside another";
      if (event.index !== (next.get(event.choice) ?? 0)) return `tool call ${event.index} is out of order`;
      open.set(event.choice, event.index);
      next.set(event.choice, event.index + 1);
    } else if (event.type === "tool-delta" || event.type === "tool-end") {
      if (open.get(event.choice) !== event.index) return `${event.type} belongs to no open call`;
      if (event.type === "tool-end") open.delete(event.choice);
    } else if (event.type === "finish" && open.has(event.choice)) {
      return "a choice finishes with an open tool call";
    }
  }
  return null;
};

const honestEnd: Rule = (events) => {
  if (events.at(-1)?.type !== "end") return null;
  const choices = new Set(
    events.flatMap((event) => ("choice" in event && event.type !== "rest" ? [event.choice] : [])),
  );
  const finished = events.filter((event) => event.type === "finish").length;
  return finished >= Math.max(1, choices.size) ? null : "the stream ends and a choice has no finish";
};

const rules: readonly Rule[] = [oneEnd, startFirst, oneFinish, callsInOrder, honestEnd];
