import type { Quirks } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { call } from "../../_subject.ts";
import { client, requestOf, targetOf, upstream } from "../fixtures.ts";
import { bare, tool } from "./_patching.ts";

describe("marks of the prompt cache", () => {
  const messages = [
    { role: "user" as const, parts: [{ type: "text" as const, text: "Hi", cache: { ttl: "1h" as const } }] },
  ];
  const tools = [{ name: "look", cache: {} }];
  const encoded = (quirks: Quirks, dialect = "anthropic") =>
    upstream.encodeRequest(
      requestOf({ messages, tools, origin: { dialect, rest: {}, prefers: {} } }),
      targetOf(quirks),
    );

  test("are told in the vendor's form", () => {
    expect(encoded({ cacheMarks: "cache_control" })).toMatchObject({
      body: {
        messages: [{ content: [{ text: "Hi", cache_control: { type: "ephemeral", ttl: "1h" } }] }],
        tools: [{ cache_control: { type: "ephemeral" } }],
      },
      warnings: [],
    });
    expect(encoded({ cacheMarks: "prompt_cache_breakpoint" }).body.messages).toEqual([
      {
        role: "user",
        content: [{ type: "text", text: "Hi", prompt_cache_breakpoint: { mode: "explicit", ttl: "12h" } }],
      },
    ]);
  });

  test("are left out with one warning where the vendor takes none", () => {
    const { body, warnings } = encoded({});
    expect(JSON.stringify(body)).not.toContain("cache");
    expect(warnings).toEqual([expect.objectContaining({ code: "dropped_parameter", field: "cache_control" })]);
  });

  test("are read in either form, on parts and tools", () => {
    const marked = {
      ...bare,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "a", cache_control: { type: "ephemeral", ttl: "1h" } },
            { type: "text", text: "b", prompt_cache_breakpoint: { mode: "explicit" } },
          ],
        },
      ],
      tools: [{ ...tool("look"), cache_control: { type: "ephemeral", ttl: "1h" } }],
    };
    expect(client.decodeRequest(marked, call("/v1/chat/completions"))).toMatchObject({
      messages: [{ parts: [{ cache: { ttl: "1h" } }, { cache: {} }] }],
      tools: [{ name: "look", cache: { ttl: "1h" } }],
    });
  });
});
