import type { ProviderTool, Warning } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { hostedTool } from "../src/hosted-tools.ts";
import { anthropic, gemini, openaiChat } from "../src/index.ts";
import { call, subjectOf } from "./_subject.ts";

const translated = (tool: ProviderTool, dialect: string) => {
  const warnings: Warning[] = [];
  const item = hostedTool(tool, dialect, (warning) => warnings.push(warning));
  return { item, lost: warnings.map(({ field }) => field) };
};
const where = { type: "approximate", country: "NO", city: "Oslo" };
const claude = {
  type: "web_search_20260318",
  name: "web_search",
  allowed_domains: ["a.example"],
  user_location: where,
};
const chat = {
  web_search_options: {
    search_context_size: "low",
    user_location: { type: "approximate", approximate: { country: "NO" } },
  },
};

describe("a tool that vendors run", () => {
  test.each<[string, ProviderTool, string, object, string[]]>([
    [
      "Claude's search",
      { format: "anthropic", item: claude },
      "gemini",
      { googleSearch: {} },
      ["tools.allowed_domains", "tools.user_location"],
    ],
    [
      "Claude's search",
      { format: "anthropic", item: claude },
      "openai-responses",
      { type: "web_search", filters: { allowed_domains: ["a.example"] }, user_location: where },
      [],
    ],
    [
      "chat's search",
      { format: "openai-chat", item: chat },
      "anthropic",
      { type: "web_search_20250305", name: "web_search", user_location: { type: "approximate", country: "NO" } },
      ["tools.search_context_size"],
    ],
    ["chat's search", { format: "openai-chat", item: { web_search_options: {} } }, "gemini", { googleSearch: {} }, []],
    [
      "Gemini's search",
      { format: "gemini", item: { google_search: {} } },
      "anthropic",
      { type: "web_search_20250305", name: "web_search" },
      [],
    ],
    [
      "Gemini's pages",
      { format: "gemini", item: { urlContext: {} } },
      "anthropic",
      { type: "web_fetch_20250910", name: "web_fetch" },
      [],
    ],
    [
      "Claude's sandbox",
      { format: "anthropic", item: { type: "code_execution_20250825", name: "code_execution" } },
      "gemini",
      { codeExecution: {} },
      [],
    ],
    [
      "OpenAI's sandbox",
      { format: "openai-responses", item: { type: "code_interpreter", container: { type: "auto" } } },
      "anthropic",
      { type: "code_execution_20250825", name: "code_execution" },
      ["tools.container"],
    ],
  ])("%s is said in the words of another: %#", (_name, tool, dialect, item, lost) => {
    expect(translated(tool, dialect)).toEqual({ item, lost });
  });

  test("is itself in its own dialect, and in the words of a vendor that a client of chat knows", () => {
    expect(translated({ format: "anthropic", item: claude }, "anthropic")).toEqual({ item: claude, lost: [] });
    const computer = { type: "computer_20250124", name: "computer", display_width_px: 800 };
    expect(translated({ format: "openai-chat", item: computer }, "anthropic")).toEqual({ item: computer, lost: [] });
    const maps = { googleMaps: { enableWidget: true } };
    expect(translated({ format: "openai-chat", item: maps }, "gemini")).toEqual({ item: maps, lost: [] });
  });

  test("has no other form where no other vendor has it", () => {
    expect(
      translated({ format: "anthropic", item: { type: "bash_20250124", name: "bash" } }, "gemini").item,
    ).toBeNull();
    expect(translated({ format: "gemini", item: { googleMaps: {} } }, "anthropic").item).toBeNull();
  });
});

describe("clients of chat", () => {
  const { client } = subjectOf(openaiChat, "m");
  const asked = (body: object) =>
    client.decodeRequest({ model: "m", messages: [{ role: "user", content: "Hi" }], ...body }, call("/"));

  test("search with the option of the request, at any vendor that can", () => {
    const request = asked({ web_search_options: {} });
    const { target } = subjectOf(gemini, "gemini-3-flash");
    expect(gemini.upstream?.encodeRequest(request, target)).toMatchObject({
      body: { tools: [{ googleSearch: {} }] },
      warnings: [],
    });
    const own = openaiChat.upstream?.encodeRequest(request, subjectOf(openaiChat, "m").target);
    expect(own).toMatchObject({ body: { web_search_options: {} }, warnings: [] });
    expect(own?.body.tools).toBeUndefined();
  });

  test("name tools of other vendors in those vendors' words, and no other vendor gets them", () => {
    const request = asked({ tools: [{ googleSearch: {} }, { codeExecution: {} }] });
    expect(gemini.upstream?.encodeRequest(request, subjectOf(gemini, "g").target).body).toMatchObject({
      tools: [{ googleSearch: {} }, { codeExecution: {} }],
    });
    const { target } = subjectOf(anthropic, "c");
    expect(() => anthropic.upstream?.encodeRequest(request, target)).toThrow(
      expect.objectContaining({ param: "tools" }),
    );
  });
});
