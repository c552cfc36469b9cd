import type { JsonObject } from "@sluice/core";
import { isRecord, records, words } from "./fields.ts";
import type { Prompt } from "./prompt.ts";
import type { ItemDraft, ItemStep } from "./responses-items.ts";

/** Words in the last user text that make the model use a tool of OpenAI's own, if it is offered. */
export const hostedTriggers = {
  web_search: "search the web",
  file_search: "look into the files",
  image_generation: "draw a picture",
  code_interpreter: "compute it",
  mcp: "ask the server",
  shell: "run a command",
} as const;

type Hosted = keyof typeof hostedTriggers;
type IdFor = (prefix: string, at: number) => string;

// A transparent pixel.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const page = "https://example.com/found";

/** What tools that OpenAI runs itself did for this answer. */
export function hostedItems(prompt: Prompt, idFor: IdFor): ItemDraft[] {
  return used(prompt).flatMap(({ type, tool }) => makers[type](prompt, tool, idFor));
}

/** The page that the answer leans on, if one was looked for. */
export function sourceOf(prompt: Prompt): JsonObject | null {
  const searched = used(prompt).some(({ type }) => type === "web_search");
  return searched ? { type: "url_citation", url: page, title: "What was found" } : null;
}

function used(prompt: Prompt): { type: Hosted; tool: JsonObject }[] {
  const request = isRecord(prompt.wishes["request"]) ? prompt.wishes["request"] : {};
  if (prompt.toolChoice.mode === "none" || prompt.results.length > 0) return [];
  return records(request["tools"]).flatMap((tool) => {
    // Dated and preview names mean the same tool.
    const type = (Object.keys(hostedTriggers) as Hosted[]).find((name) => words(tool["type"]).startsWith(name));
    if (type === undefined || !prompt.lastUserText.includes(hostedTriggers[type])) return [];
    return [{ type, tool }];
  });
}

const makers: Readonly<Record<Hosted, (prompt: Prompt, tool: JsonObject, idFor: IdFor) => ItemDraft[]>> = {
  web_search: (prompt, _tool, idFor) => {
    const action = { type: "search", query: prompt.lastUserText, sources: [{ type: "url", url: page }] };
    return [simple({ id: idFor("ws", 0), type: "web_search_call", action }, "searching")];
  },
  file_search: (prompt, _tool, idFor) => [
    simple(
      { id: idFor("fs", 0), type: "file_search_call", queries: [prompt.lastUserText], results: null },
      "searching",
    ),
  ],
  image_generation: (_prompt, tool, idFor) => [drawing(idFor("ig", 0), Number(tool["partial_images"] ?? 0))],
  code_interpreter: (_prompt, _tool, idFor) => [computing(idFor("ci", 0))],
  mcp: (prompt, tool, idFor) => asking(prompt, words(tool["server_label"]), idFor),
  shell: (_prompt, _tool, idFor) => [running(idFor("sh", 0))],
};

/** A call that is begun, worked on and completed, and says no more. */
function simple(call: JsonObject, working: string): ItemDraft {
  return {
    item: { ...call, status: "completed" },
    opened: { ...call, status: "in_progress" },
    steps: ["in_progress", working, "completed"].map((state) => step(call, state)),
  };
}

function step(call: JsonObject, state: string, data: JsonObject = {}): ItemStep {
  return { type: `response.${words(call["type"])}.${state}`, data };
}

function drawing(id: string, partials: number): ItemDraft {
  const call = { id, type: "image_generation_call" };
  const look = { output_format: "png", quality: "low", size: "1024x1024", background: "opaque" };
  const partial = (at: number): ItemStep => ({
    ...step(call, "partial_image", { partial_image_index: at, partial_image_b64: pixel, ...look }),
    content: true,
  });
  return {
    item: { ...call, status: "completed", result: pixel, revised_prompt: "A picture.", ...look },
    opened: { ...call, status: "in_progress", result: null },
    steps: [
      step(call, "in_progress"),
      step(call, "generating"),
      ...Array.from({ length: partials }, (_, at) => partial(at)),
      step(call, "completed"),
    ],
  };
}

function computing(id: string): ItemDraft {
  const code = "print(6 * 7)";
  const call = { id, type: "code_interpreter_call", container_id: "cntr_1" };
  return {
    item: { ...call, status: "completed", code, outputs: [{ type: "logs", logs: "42\n" }] },
    opened: { ...call, status: "in_progress", code: "", outputs: null },
    steps: [
      step(call, "in_progress"),
      { type: "response.code_interpreter_call_code.delta", data: { delta: code }, content: true },
      { type: "response.code_interpreter_call_code.done", data: { code } },
      step(call, "interpreting"),
      step(call, "completed"),
    ],
  };
}

function asking(prompt: Prompt, server_label: string, idFor: IdFor): ItemDraft[] {
  const list = { id: idFor("mcpl", 0), type: "mcp_list_tools", server_label };
  const written = JSON.stringify({ question: prompt.lastUserText });
  const call = { id: idFor("mcp", 1), type: "mcp_call", server_label, name: "ask" };
  return [
    {
      item: { ...list, tools: [{ name: "ask", input_schema: { type: "object" }, description: null }] },
      opened: { ...list, tools: [] },
      steps: [step(list, "in_progress"), step(list, "completed")],
    },
    {
      item: { ...call, status: "completed", arguments: written, output: "It depends.", error: null },
      opened: { ...call, status: "in_progress", arguments: "", output: null, error: null },
      steps: [
        step(call, "in_progress"),
        { type: "response.mcp_call_arguments.delta", data: { delta: written }, content: true },
        { type: "response.mcp_call_arguments.done", data: { arguments: written } },
        step(call, "completed"),
      ],
    },
  ];
}

function running(id: string): ItemDraft {
  const command = "uname -a";
  const action = { commands: [command], timeout_ms: null, max_output_length: null };
  const call = { id, type: "shell_call", call_id: `call_${id}`, environment: null };
  const name = "response.shell_call_command";
  return {
    item: { ...call, status: "completed", action },
    opened: { ...call, status: "in_progress", action: { ...action, commands: [] } },
    steps: [
      { type: `${name}.added`, data: { command_index: 0, command: "" } },
      { type: `${name}.delta`, data: { command_index: 0, delta: command }, content: true },
      { type: `${name}.done`, data: { command_index: 0, command } },
    ],
  };
}
