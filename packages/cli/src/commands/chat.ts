import { isCancel, text } from "@clack/prompts";
import { defineCommand, type CommandDef } from "citty";
import { projectArguments } from "../arguments.ts";
import { exampleModel } from "../banner.ts";
import { converse, firstModel, remote, type Answerer, type Message, type Spoken } from "../conversation.ts";
import { errors, exitCodes } from "../errors.ts";
import { withGateway } from "../opened.ts";
import { printable } from "../paint.ts";
import { count, dollars, milliseconds } from "../request-line.ts";
import { createTerminal, type Terminal } from "../terminal.ts";

const args = {
  model: { type: "positional", required: false, description: "Model to ask (default)" },
  message: {
    type: "positional",
    required: false,
    description: "What to say; else standard input, else a conversation",
  },
  ...projectArguments,
  url: { type: "string", description: "A running gateway; without it the config answers in process", valueHint: "url" },
  system: { type: "string", description: "System prompt", valueHint: "text" },
} as const;

export const chat: CommandDef<typeof args> = defineCommand({
  meta: { name: "chat", description: "Talk to a model through the gateway" },
  args,
  async run({ args }): Promise<number> {
    const terminal = createTerminal(args);
    const system = args.system === undefined ? [] : [{ role: "system" as const, content: args.system }];
    if (args.url !== undefined) {
      const answerer = remote(args.url, process.env["SLUICE_API_KEY"]);
      return talk(answerer, args.model ?? (await firstModel(answerer)), args.message, system, terminal);
    }
    return withGateway(args, terminal, async ({ gateway }) => {
      const answerer: Answerer = (path, init) => gateway.fetch(new Request(`http://localhost${path}`, init));
      return talk(answerer, args.model ?? exampleModel(gateway.inspect()), args.message, system, terminal);
    });
  },
});

async function talk(
  answerer: Answerer,
  model: string | null,
  message: string | undefined,
  history: Message[],
  terminal: Terminal,
): Promise<number> {
  if (model === null)
    throw errors.CLI_ARGUMENT("sluice chat", "no model is ready", "Set a provider's key, or add mock() to providers.");
  const said = message ?? (terminal.interactive ? undefined : await standardInput());
  if (said === "")
    throw errors.CLI_ARGUMENT(
      "sluice chat",
      "there is nothing to say",
      'Say it as an argument: sluice chat mock/lorem "hello"',
    );
  if (said !== undefined) return say(answerer, model, [...history, { role: "user", content: said }], terminal);
  return discuss(answerer, model, history, terminal);
}

/** One question, one answer. */
async function say(answerer: Answerer, model: string, messages: Message[], terminal: Terminal): Promise<number> {
  try {
    const spoken = await speak(answerer, model, messages, terminal);
    return spoken.complete ? exitCodes.ok : exitCodes.failed;
  } catch (error) {
    await terminal.thrown(error);
    return exitCodes.failed;
  }
}

/** A conversation, until the end of input. */
async function discuss(answerer: Answerer, model: string, history: Message[], terminal: Terminal): Promise<number> {
  const messages = [...history];
  while (true) {
    const said = await text({ message: model, placeholder: "Ctrl-C ends the conversation" });
    if (isCancel(said)) return exitCodes.ok;
    if (!said) continue;
    messages.push({ role: "user", content: said });
    try {
      const { content } = await speak(answerer, model, messages, terminal);
      messages.push({ role: "assistant", content });
    } catch (error) {
      // What was not answered is not part of the conversation.
      messages.pop();
      await terminal.thrown(error);
    }
  }
}

async function speak(answerer: Answerer, model: string, messages: Message[], terminal: Terminal): Promise<Spoken> {
  const spoken = await converse(answerer, model, messages, (piece) => {
    if (!terminal.json) terminal.write(piece.split("\n").map(printable).join("\n"));
  });
  if (terminal.json) terminal.data(spoken);
  else {
    terminal.line();
    terminal.problem(terminal.paint.dim(summary(spoken)));
  }
  return spoken;
}

function summary({ receipt, complete, model }: Spoken): string {
  if (!receipt) return `— ${model}${complete ? "" : ", cut off"}`;
  const { usage, cost_usd, total_ms, channel, actual_model, mock } = receipt;
  const parts = [
    `${channel ?? "?"}/${actual_model ?? "?"}${mock ? " (mock)" : ""}`,
    usage ? `${count(usage.input_tokens)}→${count(usage.output_tokens)} tok` : "no usage",
    cost_usd === null ? "no price" : dollars(cost_usd),
    milliseconds(total_ms),
    complete ? "" : "cut off",
  ];
  return `— ${parts.filter((part) => part !== "").join(" · ")}`;
}

async function standardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8").trim();
}
