import { describe, expect, test } from "vitest";
import { bare, patch, user } from "./_patching.ts";

describe("call ids that the vendor does not take", () => {
  const messages = (id: string) => [
    user,
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id, type: "function", function: { name: "f", arguments: "{}" } }],
    },
    { role: "tool", tool_call_id: id, content: "4" },
  ];
  const told = (id: string, source: "nine-alphanumeric" | "word-characters" | "at-most-40") => {
    const { set } = patch({ ...bare, messages: messages(id) }, { toolIdPattern: { source } });
    if (set.messages === undefined) return id;
    const [, called, answered] = set.messages as { tool_calls: { id: string }[]; tool_call_id: string }[];
    expect(called?.tool_calls[0]?.id).toBe(answered?.tool_call_id);
    return answered?.tool_call_id ?? "";
  };

  test("are mapped alike in call and result, the same each time, others apart", () => {
    expect(told("toolu_01AbC", "nine-alphanumeric")).toMatch(/^[A-Za-z0-9]{9}$/);
    expect(told("toolu_01AbC", "nine-alphanumeric")).toBe(told("toolu_01AbC", "nine-alphanumeric"));
    expect(told("toolu_01AbC", "nine-alphanumeric")).not.toBe(told("toolu_01AbD", "nine-alphanumeric"));
    expect(told("now:0", "word-characters")).toMatch(/^[\w-]+$/);
    expect(told("x".repeat(50), "at-most-40").length).toBeLessThanOrEqual(40);
  });

  test("stay where they fit", () => {
    expect(told("aB3dE6gH9", "nine-alphanumeric")).toBe("aB3dE6gH9");
    expect(told("call_1", "word-characters")).toBe("call_1");
    expect(told("x".repeat(40), "at-most-40")).toBe("x".repeat(40));
  });
});
