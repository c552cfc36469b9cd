import { expect, test } from "vitest";
import { bare, patch, user } from "./_patching.ts";

test("a body that fits is not touched", () => {
  const body = {
    ...bare,
    unknown: { deep: [1] },
    temperature: 2,
    tools: [],
    stop: ["a"],
    messages: [{ role: "system", content: "x" }, user],
  };
  expect(patch(body)).toEqual({ set: {}, remove: [], warnings: [] });
});

test("the model is the target's", () => {
  expect(patch({ ...bare, model: "fast" }).set).toEqual({ model: "gpt-5-mini" });
});

test("usage is always asked for in a stream, beside the client's own options", () => {
  expect(patch({ ...bare, stream: true, stream_options: { include_obfuscation: false } }).set).toEqual({
    stream_options: { include_obfuscation: false, include_usage: true },
  });
  expect(patch({ ...bare, stream: true, stream_options: { include_usage: true } }).set).toEqual({});
  expect(patch({ ...bare, stream_options: { include_usage: true } })).toMatchObject({
    set: {},
    remove: ["stream_options"],
  });
});
