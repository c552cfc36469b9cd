import { sealState } from "@sluice/core";
import type { JsonObject, UpstreamTarget } from "@sluice/core";
import { describe, expect, test } from "vitest";
import { call, client, target, text, upstream } from "../fixtures.ts";
import { info, schema } from "./_encoding.ts";

describe("patching a body of the same dialect", () => {
  const patch = (body: JsonObject, to: UpstreamTarget = target) => {
    const whole = { model: "alias", messages: [{ role: "user", content: "hi" }], ...body };
    return upstream.patchRequest(whole, client.decodeRequest(whole, call("/v1/messages")), to);
  };

  test("changes the model alone where nothing else must change", () => {
    const messages = [
      { role: "user", content: "hi" },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "", signature: "c2ln" },
          { type: "tool_use", id: "toolu_1", name: "a", input: {} },
        ],
      },
    ];
    expect(patch({ max_tokens: 5, messages, future: 1 })).toEqual({
      set: { model: target.model },
      remove: [],
      warnings: [],
    });
  });

  test("adds the limit that the vendor demands, and lowers one that the model cannot give", () => {
    expect(patch({}, info({ maxOutputTokens: 700 })).set).toEqual({ model: target.model, max_tokens: 700 });
    expect(patch({ max_tokens: 900 }, info({ maxOutputTokens: 700 })).warnings).toMatchObject([
      { code: "clamped_parameter" },
    ]);
    expect(patch({ max_tokens: 0 }).set).toEqual({ model: target.model });
  });

  test("follows the vendor's quirks", () => {
    const quirks = { refuse: ["top_k"], range: { temperature: [1, 1] as const }, rename: { metadata: "labels" } };
    const { set, remove, warnings } = patch(
      { max_tokens: 5, top_k: 3, temperature: 0.4, metadata: { user_id: "u" } },
      { ...target, quirks },
    );
    expect(set).toEqual({ model: target.model, temperature: 1, labels: { user_id: "u" } });
    expect(remove).toEqual(["top_k", "metadata"]);
    expect(warnings.map((warning) => warning.field)).toEqual(["top_k", "temperature"]);
  });

  test("asks for thinking in a form that the model takes", () => {
    const adaptive = info({ reasoning: ["adaptive", "effort"], maxOutputTokens: 64_000 });
    const budget = { max_tokens: 32_000, thinking: { type: "enabled", budget_tokens: 20_000 } };
    const asked = patch(budget, adaptive);
    expect(asked.set).toMatchObject({ thinking: { type: "adaptive" }, output_config: { effort: "high" } });
    expect(asked.warnings.map((warning) => warning.code)).toEqual(["clamped_parameter"]);
    expect(patch(budget, info({ reasoning: ["budget"], maxOutputTokens: 64_000 })).set).toEqual({
      model: target.model,
    });

    const always = { ...target, quirks: { efforts: ["low", "high"] as const } };
    const off = patch({ max_tokens: 5, thinking: { type: "disabled" } }, always);
    expect(off).toMatchObject({ set: { output_config: { effort: "low" } }, remove: ["thinking"] });
    const format = { type: "json_schema", schema };
    const config = { max_tokens: 5, output_config: { effort: "medium", format } };
    expect(patch(config, always).set).toMatchObject({ output_config: { effort: "low", format } });
  });

  test("takes out what earlier turns brought from other vendors", () => {
    const foreign = sealState({ kind: "encrypted", domain: "openai", data: "ZW5j", id: "rs_1" }, "anthropic");
    const messages = [
      { role: "user", content: "hi" },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Hm.", signature: foreign },
          { type: "thinking", thinking: "unsigned", signature: "" },
          { type: "tool_use", id: "functions.a:0", name: "a", input: {} },
        ],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "functions.a:0", content: "x" }] },
    ];
    const { set, remove, warnings } = patch({
      max_tokens: 5000,
      messages,
      thinking: { type: "enabled", budget_tokens: 2000 },
    });
    const written = set["messages"] as { content: JsonObject[] }[];
    expect(written[1]?.content.map((block) => block["type"])).toEqual(["tool_use"]);
    const id = written[1]?.content[0]?.["id"];
    expect(id).toMatch(/^[a-zA-Z0-9_-]+$/);
    expect(written[2]?.content[0]?.["tool_use_id"]).toBe(id);
    expect(remove).toEqual(["thinking"]);
    expect(warnings.map((warning) => warning.code)).toEqual(["state_dropped", "state_dropped", "thinking_off"]);
  });

  test("leaves out blank text and made-up citations of earlier answers", () => {
    const own = { type: "web_search_result_location", encrypted_index: "aWR4", url: "https://a.example/" };
    const made = { ...own, encrypted_index: "" };
    const assistant = [
      text("\n\n"),
      { ...text("a"), citations: [own] },
      { ...text("b"), citations: [made] },
      { ...text("c"), citations: [own, made] },
    ];
    const messages = [
      { role: "user", content: "hi" },
      { role: "assistant", content: assistant },
      { role: "user", content: [text("go on")] },
    ];
    const { set, warnings } = patch({ max_tokens: 5, messages });
    const written = set["messages"] as { content: JsonObject[] }[];
    expect(written[1]?.content).toEqual([
      { ...text("a"), citations: [own] },
      text("b"),
      { ...text("c"), citations: [own] },
    ]);
    expect(warnings).toEqual([]);
  });

  test("opens a sealed signature for the domain that it came from", () => {
    const sealed = sealState({ kind: "signature", domain: "bedrock", data: "c2ln" }, "anthropic");
    const messages = [
      { role: "user", content: "hi" },
      { role: "assistant", content: [{ type: "thinking", thinking: "Hm.", signature: sealed }] },
    ];
    const { set } = patch({ max_tokens: 5, messages }, { ...target, stateDomain: "bedrock" });
    expect(set["messages"]).toMatchObject([
      {},
      { content: [{ type: "thinking", thinking: "Hm.", signature: "c2ln" }] },
    ]);
  });
});
