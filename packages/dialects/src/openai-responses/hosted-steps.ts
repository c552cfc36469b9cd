import { arrayOf, isObject, stringOf } from "@sluice/core";
import type { JsonObject } from "@sluice/core";

/** An event on the way of an item: its type, and its members beside the item's place. */
export type Step = readonly [type: string, members: JsonObject];

/** How the item of a vendor's tool is told in a stream: how it began, and the steps to what it became. */
export interface Hosted {
  added: JsonObject;
  steps: readonly Step[];
}

/** Items of types that have no steps are told by their beginning and their end alone. */
export function hostedSteps(item: JsonObject): Hosted {
  const tell = tellers.get(stringOf(item.type) ?? "");
  const added = typeof item.status === "string" ? { ...item, status: "in_progress" } : item;
  return tell ? tell(item, added) : { added, steps: [] };
}

type Teller = (item: JsonObject, added: JsonObject) => Hosted;

const tellers: ReadonlyMap<string, Teller> = new Map<string, Teller>([
  [
    "web_search_call",
    (_item, added) => ({ added, steps: steps("web_search_call", "in_progress", "searching", "completed") }),
  ],
  [
    "file_search_call",
    (_item, added) => ({ added, steps: steps("file_search_call", "in_progress", "searching", "completed") }),
  ],
  ["code_interpreter_call", tellCode],
  ["image_generation_call", tellImage],
  ["mcp_call", tellMcpCall],
  ["mcp_list_tools", tellMcpTools],
  ["shell_call", tellShell],
  ["shell_call_output", tellShellOutput],
  ["compaction", (_item, added) => ({ added, steps: steps("compaction", "compacting") })],
]);

function steps(name: string, ...words: readonly string[]): Step[] {
  return words.map((word) => [`response.${name}.${word}`, {}]);
}

function tellCode(item: JsonObject, added: JsonObject): Hosted {
  const code = stringOf(item.code) ?? "";
  return {
    added: { ...added, code: "", outputs: null },
    steps: [
      ...steps("code_interpreter_call", "in_progress"),
      ["response.code_interpreter_call_code.delta", { delta: code }],
      ["response.code_interpreter_call_code.done", { code }],
      ...steps("code_interpreter_call", "interpreting", "completed"),
    ],
  };
}

function tellImage(_item: JsonObject, added: JsonObject): Hosted {
  return {
    added: { ...added, result: null },
    steps: steps("image_generation_call", "in_progress", "generating", "completed"),
  };
}

function tellMcpCall(item: JsonObject, added: JsonObject): Hosted {
  const text = stringOf(item.arguments) ?? "";
  const { output: _output, ...began } = added;
  return {
    added: { ...began, arguments: "" },
    steps: [
      ...steps("mcp_call", "in_progress"),
      ["response.mcp_call_arguments.delta", { delta: text }],
      ["response.mcp_call_arguments.done", { arguments: text }],
      ...steps("mcp_call", hasFailed(item) ? "failed" : "completed"),
    ],
  };
}

function tellMcpTools(item: JsonObject, added: JsonObject): Hosted {
  return {
    added: { ...added, tools: [] },
    steps: steps("mcp_list_tools", "in_progress", hasFailed(item) ? "failed" : "completed"),
  };
}

function hasFailed({ error }: JsonObject): boolean {
  return error !== undefined && error !== null;
}

function tellShell(item: JsonObject, added: JsonObject): Hosted {
  const action = isObject(item.action) ? item.action : {};
  const told = arrayOf(action.commands).flatMap((command, command_index): Step[] => {
    const text = stringOf(command) ?? "";
    return [
      ["response.shell_call_command.added", { command_index, command: "" }],
      ["response.shell_call_command.delta", { command_index, delta: text }],
      ["response.shell_call_command.done", { command_index, command: text }],
    ];
  });
  return { added: { ...added, action: { ...action, commands: [] } }, steps: told };
}

function tellShellOutput(item: JsonObject, added: JsonObject): Hosted {
  const output = arrayOf(item.output);
  const told = output.flatMap((content, command_index): Step[] => {
    if (!isObject(content)) return [];
    const { stdout = "", stderr = "" } = content;
    return [
      ["response.shell_call_output_content.delta", { command_index, delta: { stdout, stderr } }],
      ["response.shell_call_output_content.done", { command_index, output }],
    ];
  });
  return { added: { ...added, output: [] }, steps: told };
}
