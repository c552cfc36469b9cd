import { isObject, type JsonObject, type Message } from "@sluice/core";
import { orderProblem } from "@sluice/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { asked, decode, encode, fold, finish } from "./_decoding.ts";

/** One block of a stream: its parts in order, which others may come between. */
interface Told {
  kind: "text" | "reasoning" | "call";
  words: string;
  signature: string | null;
  parts: JsonObject[];
}

const words = fc.array(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 });

const block = (id: string): fc.Arbitrary<Told> =>
  fc
    .record({
      kind: fc.constantFrom("text" as const, "reasoning" as const, "call" as const),
      words,
      isSigned: fc.boolean(),
    })
    .map(({ kind, words: pieces, isSigned }) => {
      const signature = isSigned ? `signature of ${id}` : null;
      const signed = signature === null ? {} : { providerMetadata: { acme: { signature } } };
      if (kind !== "call") {
        const deltas = pieces.map((delta) => ({ type: `${kind}-delta`, id, delta }));
        const ends = [{ type: `${kind}-start`, id }, ...deltas, { type: `${kind}-end`, id, ...signed }];
        return { kind, words: pieces.join(""), signature, parts: ends };
      }
      const input = JSON.stringify({ value: pieces.join("") });
      const half = Math.ceil(input.length / 2);
      const parts = [
        { type: "tool-input-start", id, toolName: "look" },
        { type: "tool-input-delta", id, delta: input.slice(0, half) },
        { type: "tool-input-delta", id, delta: input.slice(half) },
        { type: "tool-input-end", id },
        { type: "tool-call", toolCallId: id, toolName: "look", input, ...signed },
      ];
      return { kind, words: input, signature, parts };
    });

const blocks = fc
  .integer({ min: 1, max: 5 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => block(`b${index}`))));

/** The parts of all blocks, each in its order, mixed as the draws say. */
function mixed(told: readonly Told[], draws: readonly number[]): JsonObject[] {
  const queues = told.map(({ parts }) => [...parts]);
  const parts: JsonObject[] = [];
  for (let turn = 0; queues.some((queue) => queue.length > 0); turn++) {
    const open = queues.filter((queue) => queue.length > 0);
    parts.push(open[(draws[turn % draws.length] ?? 0) % open.length]?.shift() as JsonObject);
  }
  return parts;
}

const draws = fc.array(fc.nat(9), { minLength: 1, maxLength: 12 });

test("however blocks are mixed, events keep their order and nothing of them is lost", () => {
  fc.assert(
    fc.property(blocks, draws, (told, mix) => {
      const parts = [...mixed(told, mix), finish("stop")];
      expect(orderProblem(decode(parts))).toBeNull();
      const reply = fold(parts).reply.choices[0]?.parts ?? [];
      const callsOf = (all: { kind: string; words: string }[]) => all.filter(({ kind }) => kind === "call");
      const calls = reply.flatMap((part) => (part.type === "tool-call" ? [part.arguments] : []));
      expect(calls.toSorted()).toEqual(
        callsOf(told)
          .map((call) => call.words)
          .toSorted(),
      );
      for (const kind of ["text", "reasoning"] as const) {
        const letters = reply.flatMap((part) => (part.type === kind ? part.text.split("") : [])).toSorted();
        const sent = told.flatMap((one) => (one.kind === kind ? one.words.split("") : [])).toSorted();
        expect(letters).toEqual(sent);
      }
    }),
  );
});

test("whatever a package signs comes back to it on the next turn, byte for byte", () => {
  fc.assert(
    fc.property(blocks, draws, (told, mix) => {
      const { parts } = fold([...mixed(told, mix), finish("stop")]).reply.choices[0] ?? { parts: [] };
      const answer: Message = { role: "assistant", parts };
      const prompt = encode([...asked, answer, ...asked]).body["prompt"] as JsonObject[];
      const content = (prompt.find((message) => message["role"] === "assistant")?.["content"] ?? []) as JsonObject[];
      const returned = content.flatMap((part) => {
        const acme = isObject(part["providerOptions"]) ? part["providerOptions"]["acme"] : undefined;
        return isObject(acme) ? [[part["toolCallId"] ?? part["type"], acme["signature"]]] : [];
      });
      const calls = told.filter(({ kind, signature }) => kind === "call" && signature !== null);
      for (const { signature } of calls) {
        expect(returned).toContainEqual([signature?.slice("signature of ".length), signature]);
      }
      const thoughts = told.filter(({ kind, signature }) => kind === "reasoning" && signature !== null);
      for (const { signature } of thoughts) expect(returned).toContainEqual(["reasoning", signature]);
    }),
  );
});
